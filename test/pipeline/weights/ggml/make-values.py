"""Random blocks of each GGUF type and their values, by the gguf package (pip install gguf numpy): values.json."""
import numpy as np, gguf, json, base64, random
rng=np.random.default_rng(7)
out={}
for name in ['Q4_0','Q4_1','Q5_0','Q5_1','Q8_0','Q2_K','Q3_K','Q4_K','Q5_K','Q6_K','IQ4_NL','IQ4_XS','BF16']:
    t=gguf.GGMLQuantizationType[name]
    bs,ts=gguf.GGML_QUANT_SIZES[t]
    n=2 if bs==256 else 4
    b=rng.integers(0,256,size=(n,ts),dtype=np.uint8)
    # sane halves
    def put(o,v): b[:,o:o+2]=np.array([v],dtype=np.float16).view(np.uint8).reshape(1,2)
    offs={'Q4_0':[0],'Q4_1':[0,2],'Q5_0':[0],'Q5_1':[0,2],'Q8_0':[0],'Q2_K':[80,82],'Q3_K':[108],'Q4_K':[0,2],'Q5_K':[0,2],'Q6_K':[208],'IQ4_NL':[0],'IQ4_XS':[0],'BF16':[]}[name]
    for i,o in enumerate(offs): put(o,[0.0137,-0.052][i])
    if name=='BF16': b=(np.linspace(-3,3,32,dtype=np.float32).view(np.uint32)>>16).astype(np.uint16).view(np.uint8).reshape(n,-1) 
    v=gguf.quants.dequantize(b.reshape(1,-1) if name!='BF16' else b.reshape(1,-1),t)
    out[name]={'bytes':base64.b64encode(b.tobytes()).decode(),'values':base64.b64encode(np.asarray(v,dtype=np.float32).tobytes()).decode()}
json.dump(out,open("values.json","w"),indent=2)
