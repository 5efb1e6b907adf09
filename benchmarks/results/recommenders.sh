#!/usr/bin/env bash
# Next items of users, full ranking: popularity, causal, hidden items, and hidden items with attributes of users.
#
# DATA holds rec/ml-100k, the atomic files of https://grouplens.org/datasets/movielens/100k as RecBole has them
# (https://recbole.io/dataset_list.html); OUT is where graphs and runs go.
#
#   DATA=… OUT=recommenders OMP_NUM_THREADS=1 bash benchmarks/results/recommenders.sh
set -euo pipefail
out=$OUT

kbert graph behaviour "$DATA"/rec/ml-100k/ml-100k.{inter,user,item} --number age --ignore zip_code -o "$out/ml-100k"
for seed in 0 1 2; do
  learn=(--behaviour "$out/ml-100k" --precision fp32 --seed $seed -q)
  kbert pretrain uprec "${learn[@]}" --epochs 200 -o "$out/runs/mip-$seed"
  kbert train uprec "${learn[@]}" --objective causal --epochs 150 -o "$out/runs/causal-$seed"
  kbert pretrain uprec "${learn[@]}" --uap 0.1 --epochs 200 -o "$out/runs/uap-$seed"
done
for run in "$out"/runs/*; do
  kbert evaluate "$run" -q
done
cd "$out/runs"
kbert compare causal-? mip-? uap-?
kbert compare causal-? mip-? uap-? --exclude-seen
