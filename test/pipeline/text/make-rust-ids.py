"""Writes rust-ids.json: ids of awkward texts by the Rust tokenizers (pip install tokenizers), which the tests ask ours to equal.

    python make-rust-ids.py FOLDER_WITH_REAL_VOCABULARIES > rust-ids.json
"""
import json, os, sys
from tokenizers import AddedToken, Regex, Tokenizer, __version__, normalizers, pre_tokenizers
from tokenizers.models import BPE

TEXTS = [
    "", " ", "\n\t ", "a red circle on a blue background", "A RED Circle, 3 cats!", "it's we're I'LL don't 'S",
    "cafe\u0301 caf\u00e9 A\u030a \u1e9b\u0323", "\u03a3\u0391\u03a3 \u039f\u0394\u039f\u03a3.", "\u0130stanbul \u0131l\u0131k I\u0307", "Stra\u00dfe \u1e9e \u01c5 \ufb01ne \ufb01\u0301",
    "\uff21\uff22\uff23\uff11\uff12\uff13 \u338f \u2460 \u00bd x\u00b2 \u2167", "\u685c\u306e\u6728\u306e\u4e0b\u3001\u5915\u66ae\u308c \ub208 \u1112\u1161\u11ab", "\u0642\u0637\u0629 \u0661\u0662 \u05e9\u05dc\u05d5\u05dd", "\u0915\u094d\u0937\u093f \u0e01\u0e33 \u0d4d",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1ee\U0001f1f9 \u2764\ufe0f \u00a9\ufe0f 5\ufe0f\u20e3", "zero\u200bwidth\u200djoin\ufeffbom\u00adsoft", "a\u00a0b\u3000c\u2028d\u0085e\u180ef\u1680g", "a\r\nb\rc\nd\x0be\x0cf\x1cg\x1fh", "\x01\x7f\x00\x08x",
    "e\u0301\u0301 e\u0301\u0301\u0301 \u0301", "\u2581 \u2581\u2581 a\u2581b _", "~ \uff5e \u301c \u2026 -- !!! ?! '' ``", "\ufffd\ufffe\ue000\U000e0041\U0010ffff",
    "<|startoftext|> hi <|endoftext|>there<|endoftext|>", "<|EndOfText|> <|endoftext|", "hello </s> world<pad><extra_id_0> x </s>", "</s>first", "\uff1cpad\uff1e \uff1cunk\uff1e <unk>", "<extra_id_99><extra_id_100> </ s>",
    "supercalifragilisticexpialidocious" * 4, "  leading   and  trailing  ", "\U0001d49c\U0001d7d8 \U00020000 \U0001f600\U0001f600", "&amp; &lt;b&gt; \"q\" a'b", "12345 3.5 1,000", "constructor __proto__ toString",
]

def clip(vocab, merges):
    pairs = [tuple(line.split(" ")) for line in open(merges, encoding="utf8").read().split("\n")[1:] if line]
    t = Tokenizer(BPE(vocab=json.load(open(vocab)), merges=pairs, end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    t.add_special_tokens([AddedToken(s, normalized=True, special=True) for s in ("<|startoftext|>", "<|endoftext|>")])
    return t

def ids(folder):
    c = clip(os.path.join(folder, "clip_vocab.json"), os.path.join(folder, "clip_merges.txt"))
    t5 = Tokenizer.from_file(os.path.join(folder, "t5_tokenizer.json"))
    return [{"text": s, "clip": c.encode(s, add_special_tokens=False).ids, "t5": t5.encode(s, add_special_tokens=False).ids} for s in TEXTS]

small = os.path.join(os.path.dirname(os.path.abspath(__file__)), "small-vocab")
print(json.dumps({"about": f"make-rust-ids.py, tokenizers {__version__}", "small": ids(small), "real": ids(sys.argv[1])}))
