#!/bin/bash
# Everything on a machine with a graphics card, within a number of seconds: renders on the processors while the card trains.
#   on_gpu.sh PARCEL OUT SECONDS [SHARE_KEEP SHARE_FULL SHARE_TURBO SHARE_VAE]
# PARCEL: a folder of parcel.py --drawings, of a checkpoint that recondition.py has been over.
# OUT: gets net.pt, text.pt, turbo.pt, vae.pt, a log and sheets, each under 16 MiB.
# Ends by itself in time; what it had is in OUT even if a later step fails.
set -u
parcel=$(realpath "$1"); out=$(realpath "$2"); seconds=$3
keep=${4:-40}; full=${5:-22}; turbo=${6:-10}; vae=${7:-4}          # per cent of the seconds; the rest is start, loading and end
here=$(dirname "$(realpath "$0")"); cd "$here"
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 NANO_WORK=${NANO_WORK:-/dev/shm/nano}
python=${PYTHON:-python3}; cores=$(nproc); workers=$((cores > 3 ? cores - 2 : 1))
train() { $python train_mmdit.py "$@" ${COMPILE---compile} || $python train_mmdit.py "$@"; }          # once more without compiling, should that fail
minutes() { awk "BEGIN { printf \"%.2f\", $seconds * $1 / 6000 }"; }
mkdir -p "$NANO_WORK/data" "$out"
exec > >(tee -a "$out/log.txt") 2>&1
echo "$(date +%T) unpack"; $python parcel.py --unpack "$parcel" || exit 1
[ -e "$NANO_WORK/nano.pt" ] || { $python grow.py --shipped .. --keep && mv "$NANO_WORK/grown.pt" "$NANO_WORK/nano.pt"; } || exit 1
echo "$(date +%T) render with $workers"; pids=()
for i in $(seq 0 $((workers - 1))); do nice -n 5 $python data.py --first "$i" --chunks 6000 --every "$workers" > "$NANO_WORK/data-$i.log" 2>&1 & pids+=($!); done
trap 'kill "${pids[@]}" 2>/dev/null' EXIT
until [ "$(ls "$NANO_WORK"/data/*.json 2>/dev/null | wc -l)" -ge "${FIRST_CHUNKS:-$((workers > 8 ? 8 : workers))}" ]; do sleep 1; done
echo "$(date +%T) a part of each picture"
train --name some --start "$NANO_WORK/nano.pt" --keep 96 --batch "${BATCH:-1024}" --lr 2e-3 --text 0.5 --looks 0.3 --still-conditioning --high 0.7 --ema 0.998 --minutes "$(minutes "$keep")"
echo "$(date +%T) all of it"
train --name full --start "$NANO_WORK/some.pt" --keep 0 --batch "${BATCH_FULL:-384}" --lr 1.5e-3 --text 0.3 --looks 0.1 --still-conditioning --ema 0.998 --decay "$(minutes "$full")" --fresh
kill "${pids[@]}" 2>/dev/null
$python parcel.py --pack full.pt --to "$NANO_WORK/parcel" && cp "$NANO_WORK"/parcel/{net,text,vae}.pt "$out"
echo "$(date +%T) decoder"; $python train_vae.py --part decoder --minutes "$(minutes "$vae")" --batch "${BATCH_VAE:-32}"
echo "$(date +%T) turbo"
$python train_turbo.py --make "${TRAJECTORIES:-12000}" --teacher full.pt --batch "${BATCH_TURBO:-256}"
$python train_turbo.py --minutes "$(minutes "$turbo")" --teacher full.pt --batch "${BATCH_TURBO:-256}"
$python parcel.py --pack full.pt --turbo turbo.pt --to "$NANO_WORK/parcel" && cp "$NANO_WORK"/parcel/{net,text,vae,turbo}.pt "$out"
echo "$(date +%T) sheets"
$python evaluate.py --model full.pt --count "${COUNT:-200}" --sheet "$out/full.png" --newcomer "$out/newcomer.png" || true
$python evaluate.py --model turbo.pt --turbo --count 0 --newcomer "$out/newcomer-turbo.png" || true
echo "$(date +%T) done"
