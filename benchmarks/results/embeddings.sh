#!/usr/bin/env bash
# Link prediction on FB15k-237 and WN18RR by vectors learnt from the graph alone.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-embeddings}
kbert kg import "$DATA/kg/fb15k-237" -o "$out/fb15k-237"
kbert kg embed "$out/fb15k-237" --method transe --width 200 --negatives 64 --margin 9 --adversarial 1 --epochs 60 \
  --evaluate-every 10 -o "$out/transe" -q
kbert rank "$out/transe" -q
kbert kg embed "$out/fb15k-237" --method complex --loss 1vsall --width 200 --n3 0.05 --batch-size 500 --spread 0.001 --epochs 20 \
  --evaluate-every 4 -o "$out/complex" -q
kbert rank "$out/complex" -q
kbert kg import "$DATA/kg/wn18rr" --label-separator ", " -o "$out/wn18rr"
kbert kg embed "$out/wn18rr" --method complex --loss 1vsall --width 400 --n3 0.1 --batch-size 500 --spread 0.001 --epochs 12 \
  --evaluate-every 4 -o "$out/wn18rr-complex" -q
kbert rank "$out/wn18rr-complex" -q
