# Reads what tap printed, with Python's json and csv and with PyYAML, and says what it read: a line a row, the cells in hex.
# TestReaders of pkg/cmd/pass compares. Arguments: files whose names end in the format.
import csv, json, sys
import yaml

COLUMNS = ["temporaryAccessPass", "displayName"]


def cell(v):
    if v is None:
        return "-"
    if not isinstance(v, str):
        return "no-text:" + type(v).__name__
    return "x" + v.encode("utf-8").hex()


for path in sys.argv[1:]:
    print("file", path)
    with open(path, encoding="utf-8", newline="") as f:
        if path.endswith(".value"):
            for line in f:
                print("x" + line[:-1].encode("utf-8").hex())
            continue
        if path.endswith(".json"):
            rows = json.load(f)
        elif path.endswith(".jsonl"):
            rows = [json.loads(line) for line in f.read().split("\n") if line]
        elif path.endswith(".yaml"):
            rows = yaml.load(f, yaml.SafeLoader)
        else:
            rows = list(csv.DictReader(f, strict=True))
    for r in rows:
        print(*[cell(r.get(c)) for c in COLUMNS], cell(r.get("defused")))
