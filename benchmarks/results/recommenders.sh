#!/usr/bin/env bash
# Next items and profiles of users, full ranking, beside popularity, on public and on made-up behaviour.
#
# DATA holds rec/ml-100k, the atomic files of https://grouplens.org/datasets/movielens/100k as RecBole has them
# (https://recbole.io/dataset_list.html), and rec/lastfm, of https://grouplens.org/datasets/hetrec-2011; OUT is where
# graphs and runs go.
#
#   DATA=… OUT=recommenders OMP_NUM_THREADS=1 bash benchmarks/results/recommenders.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$OUT

kbert graph behaviour "$DATA"/rec/ml-100k/ml-100k.{inter,user,item} --number age --ignore zip_code -o "$out/ml-100k"
kbert graph behaviour "$DATA"/rec/lastfm/user_{taggedartists,friends}.dat --repeats first -o "$out/lastfm"
python "$here/behaviour.py" "$out/made-up-files"
kbert graph behaviour "$out"/made-up-files/*.tsv --number age -o "$out/made-up"

for seed in 0 1 2; do
  learn=(--precision fp32 --seed $seed -q)
  next=("${learn[@]}" --average 0.99)
  causal=("${next[@]}" --objective causal --dropout 0.5)

  films=(--behaviour "$out/ml-100k")
  kbert train uprec "${films[@]}" "${causal[@]}" --epochs 160 --patience 20 -o "$out/runs/ml-causal-$seed"
  kbert pretrain uprec "${films[@]}" "${next[@]}" --epochs 100 -o "$out/runs/ml-mip-$seed"
  kbert pretrain uprec "${films[@]}" "${next[@]}" --epochs 100 --uap 0.1 -o "$out/runs/ml-uap-$seed"
  kbert pretrain uprec "${films[@]}" "${next[@]}" --epochs 100 --uap 0.1 --control shuffled -o "$out/runs/ml-shuffled-$seed"
  kbert train uprec "${films[@]}" "${next[@]}" --epochs 10 --learning-rate 3e-4 \
    --begin "$out/runs/ml-mip-$seed" -o "$out/runs/ml-tuned-$seed"
  for attribute in gender age occupation; do
    profile=(--task profile --attribute $attribute --epochs 40 "${films[@]}" "${learn[@]}")
    kbert train uprec "${profile[@]}" -o "$out/runs/ml-$attribute-scratch-$seed"
    kbert train uprec "${profile[@]}" --begin "$out/runs/ml-mip-$seed" -o "$out/runs/ml-$attribute-mip-$seed"
  done

  artists=(--behaviour "$out/lastfm")
  kbert train uprec "${artists[@]}" "${next[@]}" --objective causal --dropout 0.3 --epochs 25 -o "$out/runs/fm-causal-$seed"
  kbert pretrain uprec "${artists[@]}" "${next[@]}" --epochs 30 -o "$out/runs/fm-mip-$seed"
  kbert pretrain uprec "${artists[@]}" "${next[@]}" --epochs 30 --srd 0.1 -o "$out/runs/fm-srd-$seed"
  kbert pretrain uprec "${artists[@]}" "${next[@]}" --epochs 30 --srd 0.1 --control shuffled -o "$out/runs/fm-shuffled-$seed"

  made=(--behaviour "$out/made-up" --learning-rate 3e-3 --epochs 40)
  kbert train uprec "${made[@]}" "${causal[@]}" -o "$out/runs/made-causal-$seed"
  kbert pretrain uprec "${made[@]}" "${next[@]}" -o "$out/runs/made-mip-$seed"
  kbert pretrain uprec "${made[@]}" "${next[@]}" --uap 0.3 -o "$out/runs/made-uap-$seed"
  kbert pretrain uprec "${made[@]}" "${next[@]}" --srd 0.3 -o "$out/runs/made-srd-$seed"
  kbert pretrain uprec "${made[@]}" "${next[@]}" --uap 0.3 --srd 0.3 -o "$out/runs/made-both-$seed"
  kbert pretrain uprec "${made[@]}" "${next[@]}" --uap 0.3 --srd 0.3 --control shuffled -o "$out/runs/made-shuffled-$seed"
done

for run in "$out"/runs/*; do
  kbert evaluate "$run" -q
done
cd "$out/runs"
for seen in "" --exclude-seen; do
  kbert compare ml-mip-? ml-causal-? ml-uap-? ml-shuffled-? ml-tuned-? $seen
  kbert compare fm-mip-? fm-causal-? fm-srd-? fm-shuffled-? $seen
  kbert compare made-mip-? made-causal-? made-uap-? made-srd-? made-both-? made-shuffled-? $seen
done
for attribute in gender age occupation; do
  kbert compare ml-$attribute-scratch-? ml-$attribute-mip-?
done
