"""Speed, shown as ratios against a floor or a peer that is measured in turns in the same run.

python -m benchmarks              # all, as tables
python -m benchmarks overhead --json
"""
