"""Judges the report of one round."""

import json
import re

import pages

METADATA, REQUEST, RESPONSE = "metadata_extra", "authnrequest_extra", "response"


def judge(tally, round_, lines):
    sections = json.loads(round_.report.read_text(encoding="utf-8"))["test"]["sp"]
    counts = round_.expected.counts[round_.name]
    tally.check(round_.name, set(sections) == {METADATA, REQUEST, RESPONSE}, f"the report has metadata, request and response, not {sorted(sections)}")
    for section in (METADATA, REQUEST):
        judge_section(tally, round_, section, results(sections, section), counts[section])
    judge_responses(tally, round_, results(sections, RESPONSE), lines, counts[RESPONSE])


def results(sections, name):
    return [one for group in sections.get(name, {}).values() for one in group]


def judge_section(tally, round_, section, found, count):
    label = f"{round_.name} {section}"
    tally.check(label, len(found) == count, f"{count} checks run, not {len(found)}: a smaller number hides what is not checked any more")
    for one in found:
        ok = one["result"] == "success" or round_.expected.excepted(section, one["test"])
        tally.check(label, ok, f"{one['test']} ({one['method']}): {one['value']}")


def judge_responses(tally, round_, found, lines, count):
    label = f"{round_.name} response"
    ids = [one["test_id"] for one in found]
    tally.check(label, len(ids) == len(set(ids)) == count, f"{count} cases run, each once, not {len(ids)}")
    tally.check(label, set(ids) == set(round_.cases), f"the cases are those of cases.txt, except {sorted(set(ids) ^ set(round_.cases))}")
    accepted = 0
    for one in found:
        case = round_.cases.get(one["test_id"])
        if case is None:
            continue
        accepted += case.accepted
        name = f"case {case.id} ({one['test']})"
        status = int(re.search(r"\d{3}", one["value"])[0])
        tally.check(label, one["result"] == "success", f"{name}: the validator wants another status than {status}")
        tally.check(label, status == case.status, f"{name}: status {case.status}, not {status}")
        pages.judge(tally, round_, case, name, lines)
    entries = [line for line in lines if line.issuer == round_.entity]
    tally.check(f"{round_.name} audit", len(entries) == len(found), f"{len(found)} audit lines, one for each answer, not {len(entries)}")
    let_in = sum(line.accepted for line in entries)
    tally.check(f"{round_.name} audit", let_in == accepted, f"{accepted} of them accepted, not {let_in}")
