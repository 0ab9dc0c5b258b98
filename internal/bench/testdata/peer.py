# Writes a workbook with as many cells as the rating's, in xlsxwriter's mode of least memory.
# peer.py FILE CERTIFICATES SHARES STAFF
import datetime
import sys

import xlsxwriter

path, certificates, shares, staff = sys.argv[1], *map(int, sys.argv[2:5])
book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
bold = book.add_format({"bold": True, "text_wrap": True})
day = book.add_format({"num_format": "yyyy-mm-dd"})
points = book.add_format({"num_format": "0.00"})


def sheet(name, headings, rows):
    s = book.add_worksheet(name)
    s.freeze_panes(1, 0)
    s.autofilter(0, 0, len(rows), len(headings) - 1)
    for x, heading in enumerate(headings):
        s.write_string(0, x, heading, bold)
    return s


def fill(s, y, cells):
    for x, cell in enumerate(cells):
        if isinstance(cell, str):
            s.write_string(y, x, cell)
        elif isinstance(cell, datetime.date):
            s.write_datetime(y, x, cell, day)
        elif isinstance(cell, float):
            s.write_number(y, x, cell, points)
        else:
            s.write_number(y, x, cell)


registered, created, received = datetime.date(2025, 3, 18), datetime.date(2024, 4, 11), datetime.date(2025, 4, 1)

rows = range(staff)
s = sheet("Authors", ["Rank", "Staff ID", "Author", "Position", "Department", "Faculty", "Certificates", "Shares", "Points"], rows)
for i in rows:
    fill(s, i + 1, [i + 1, f"T{i:05}", f"Сагитова Меруерт {i}", "доцент", f"Кафедра {i % 40}", f"Факультет {i % 8}", 125, 50.25, 502.5])

rows = range(certificates)
s = sheet("Certificates", ["Number", "Registered on", "Created on", "Kind", "Title", "Authors", "Number of authors", "Of them staff", "Application", "Decision", "Received on", "Evidence"], rows)
for i in rows:
    fill(s, i + 1, [str(54000 + i), registered, created, "произведения науки", f"Методика преподавания, часть {i}: практикум",
                    f"Сагитова Меруерт {i % staff}; Сагитова Меруерт {(i + 7) % staff}", 2, 2, str(190000 + i), "автоматически", received])
    address = f"https://kualik.koktobe.example/certificates/01990000-0000-7000-9000-{i:012}"
    if i < 65529:
        s.write_url(i + 1, 11, address)
    else:
        s.write_string(i + 1, 11, address)

rows = range(shares)
s = sheet("Shares", ["Number", "Registered on", "Staff ID", "Author", "Department", "Faculty", "Share", "Points"], rows)
for i in rows:
    n = i % staff
    fill(s, i + 1, [str(54000 + i // 2), registered, f"T{n:05}", f"Сагитова Меруерт {n}", f"Кафедра {n % 40}", f"Факультет {n % 8}", 0.5, 5.0])

book.close()
