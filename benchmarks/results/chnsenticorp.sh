#!/usr/bin/env bash
# Sentiment of Chinese reviews (the first 2,000 for training): BERT, K-BERT and K-BERT with shuffled facts, three seeds each.
# DATA: folder of the data sets; ENCODER: a Chinese encoder; OUT: where everything is written.
set -euo pipefail
data=$DATA/zh out=${OUT:-chnsenticorp}
common=(--task classify --encoder "$ENCODER" --epochs 6 --batch-size 32 --learning-rate 1e-4 -q)
kbert kg import "$data/HowNet.spo" -o "$out/kg"
for facts in own shuffled; do
  build=(--parser characters --kg "$out/kg" --linker dictionary --facts $facts -q)
  kbert graph build "$data/chnsenticorp/train.tsv" "${build[@]}" --limit 2000 -o "$out/$facts/train"
  kbert graph build "$data/chnsenticorp/dev.tsv" "${build[@]}" -o "$out/$facts/dev"
done
for seed in 0 1 2; do
  kbert train bert "${common[@]}" --train "$out/own/train" --dev "$out/own/dev" --seed $seed -o "$out/bert-$seed"
  for facts in own shuffled; do
    kbert train kbert "${common[@]}" --train "$out/$facts/train" --dev "$out/$facts/dev" \
      --seed $seed -o "$out/kbert-$facts-$seed"
  done
done
kbert compare "$out"/bert-? "$out"/kbert-own-? "$out"/kbert-shuffled-?
# Some texts of dev.tsv stand in train.tsv too: the others by themselves.
for seed in 0 1 2; do
  kbert evaluate "$out/bert-$seed" "$out/own/dev" --unseen --name unseen -q
  for facts in own shuffled; do
    kbert evaluate "$out/kbert-$facts-$seed" "$out/$facts/dev" --unseen --name unseen -q
  done
done
kbert compare "$out"/bert-? "$out"/kbert-own-? "$out"/kbert-shuffled-? --on unseen
