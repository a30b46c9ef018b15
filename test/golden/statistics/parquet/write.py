"""Small Parquet files of every type and encoding that `waymark estimate` reads, with a CSV of the same cells beside them.

python3 write.py   (pyarrow 26.0.1)
"""

import csv
import datetime
import math

import pyarrow as pa
import pyarrow.parquet as pq

N = 60
rows = range(N)
columns = {
    "y": pa.array([None if i == 7 else math.sin(i) + (i % 2) for i in rows], pa.float64()),
    "single": pa.array([(i % 8) / 4 for i in rows], pa.float32()),
    "whole": pa.array([(i * 7) % 11 for i in rows], pa.int32()),
    "long": pa.array([10**12 + i for i in rows], pa.int64()),
    "small": pa.array([i % 5 for i in rows], pa.uint8()),
    "arm": pa.array(["family" if i % 2 else "usual" for i in rows]).dictionary_encode(),
    "school": pa.array([f"s{i % 12}" for i in rows]),
    "flag": pa.array([None if i == 9 else i % 3 == 0 for i in rows], pa.bool_()),
    "day": pa.array([datetime.date(2024, 1, 1) + datetime.timedelta(i % 4) for i in rows], pa.date32()),
    "at": pa.array([datetime.datetime(2024, 1, 1, i % 24) for i in rows], pa.timestamp("us")),
    "price": pa.array([f"{i % 6}.25" for i in rows]).cast(pa.decimal128(9, 2)),
    "huge": pa.array([2**60 + i if i == 3 else i for i in rows], pa.int64()),
    "odd": pa.array([math.nan if i == 5 else float(i) for i in rows], pa.float64()),
    "list": pa.array([[i] for i in rows]),
}
table = pa.table(columns)
pq.write_table(table, "snappy.parquet", row_group_size=25)
pq.write_table(table, "zstd.parquet", compression="zstd", use_dictionary=False, data_page_version="2.0", row_group_size=17)
pq.write_table(table, "gzip.parquet", compression="gzip", data_page_size=200)
pq.write_table(table, "plain.parquet", compression="none", use_dictionary=False)
pq.write_table(
    table,
    "delta.parquet",
    use_dictionary=False,
    column_encoding={"long": "DELTA_BINARY_PACKED", "whole": "DELTA_BINARY_PACKED", "school": "DELTA_BYTE_ARRAY", "y": "BYTE_STREAM_SPLIT"},
)
pq.write_table(table.slice(0, 0), "empty.parquet")

plain = [name for name in columns if name not in ("huge", "odd", "list")]
with open("cells.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(plain)
    for row in table.select(plain).to_pylist():
        writer.writerow(
            "" if cell is None else cell.isoformat(timespec="milliseconds") + "Z" if isinstance(cell, datetime.datetime) else str(cell).lower() if isinstance(cell, bool) else repr(cell) if isinstance(cell, float) else str(cell)
            for cell in row.values()
        )
