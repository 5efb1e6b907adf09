#!/usr/bin/env bash
# Medical named entities in Chinese: BERT, K-BERT and K-BERT with shuffled facts, three seeds each.
# DATA: folder of the data sets; ENCODER: a Chinese encoder; OUT: where everything is written.
set -euo pipefail
data=$DATA/zh out=${OUT:-medical_ner}
common=(--task tag --encoder "$ENCODER" --epochs 6 --batch-size 16 --learning-rate 1e-4 -q)
kbert kg import "$data/Medical.spo" -o "$out/kg"
for facts in own shuffled; do
  for part in train dev; do
    kbert graph build "$data/medical_ner/$part.tsv" --parser characters --kg "$out/kg" --linker dictionary \
      --facts $facts -o "$out/$facts/$part" -q
  done
done
for seed in 0 1 2; do
  kbert train bert "${common[@]}" --train "$out/own/train" --dev "$out/own/dev" --seed $seed -o "$out/bert-$seed"
  for facts in own shuffled; do
    kbert train kbert "${common[@]}" --branch-text tail --train "$out/$facts/train" --dev "$out/$facts/dev" \
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
