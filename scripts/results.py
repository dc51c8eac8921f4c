#!/usr/bin/env python3
"""Writes the measured parts of docs/results.md and its plots from the scores of reproduce.sh.

usage: scripts/results.py [--check] RESULTS

With --check nothing is written: it fails where the document is not what the scores say.
A part is what stands between `<!-- NAME -->` and `<!-- /NAME -->`; the text around it stays.
"""

import json
import math
import pathlib
import re
import sys

DOCUMENT = pathlib.Path("docs/results.md")
IMAGES = pathlib.Path("docs/images")
# Student's t for a two-sided interval of 95 %, by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
COLOURS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#a463f2"]

ARMS = {
    "twin": "autoregressive twin",
    "tuned": "diffusion, adapted",
    "direct_short": "not adapted, same tuning",
    "direct": "not adapted, same compute",
    "scratch": "from scratch",
}
# What table 3 of the paper says is better, and than what.
ORDER = [("twin", "tuned"), ("tuned", "direct_short"), ("tuned", "direct"), ("direct", "scratch")]
FEW = {"few": "diffusion, adapted", "few_direct": "not adapted"}
PLANNERS = {"planner": "diffusion", "planner_twin": "autoregressive twin"}
ABLATIONS = {
    "tuned": "the method",
    "without_shift": "without the label shift",
    "without_bidirectional": "with causal attention",
    "without_ul2": "prefix masks alone",
    "without_conditioning": "without self-conditioning",
}


class Estimate:
    """The mean of one number a seed, with Student's interval over the seeds."""

    def __init__(self, values):
        self.values = values
        self.mean = sum(values) / len(values)
        n = len(values)
        if n == 1:
            self.low, self.high = -math.inf, math.inf
            return
        deviation = math.sqrt(sum((v - self.mean) ** 2 for v in values) / (n - 1))
        half = STUDENT[n - 1] * deviation / math.sqrt(n)
        self.low, self.high = self.mean - half, self.mean + half

    def text(self):
        if len(self.values) == 1:
            return f"{100 * self.mean:.1f}"
        return f"{100 * self.mean:.1f} ({100 * max(self.low, 0):.1f} to {100 * min(self.high, 1):.1f})"


def tasks_of(file):
    scores = json.loads(file.read_text())
    for task in scores["tasks"]:
        if not task["complete"]:
            sys.exit(f"results: {file}: expected a whole score, found {task['missing']}")
    return scores["tasks"]


def accuracy(measures):
    return measures[0]["score"]


def files_of(results, name):
    files = sorted(results.glob(f"{name}-[0-9]*.json"))
    if not files:
        sys.exit(f"results: {results}/{name}-*.json: expected scores, found none")
    return files


def scores_of(results, arm):
    """Of every seed of an arm: accuracy by family, and over all records as `all`."""
    found = []
    for file in files_of(results, arm):
        task = tasks_of(file)[0]
        families = {name: accuracy(measures) for name, measures in task["subtasks"].items()}
        found.append({"all": accuracy(task["measures"]), **families})
    return found


def estimates(results, arms):
    """arm -> family -> Estimate"""
    result = {}
    for arm in arms:
        seeds = scores_of(results, arm)
        result[arm] = {family: Estimate([s[family] for s in seeds]) for family in seeds[0]}
    return result


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def percent(measure):
    return f"{100 * measure['score']:.1f} ({100 * measure['low']:.1f} to {100 * measure['high']:.1f})"


def number(estimate, form=".2f"):
    value, low, high = (format(estimate[key], form) for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def arm_table(found, names):
    families = ["all"] + sorted(f for f in next(iter(found.values())) if f != "all")
    head = ["family"] + [names[arm] for arm in found]
    rows = [[family] + [found[arm][family].text() for arm in found] for family in families]
    return table(head, rows)


def verdict(found, names, better, worse):
    """Whether one arm is above another, seed by seed and by the intervals."""
    a, b = found[better]["all"], found[worse]["all"]
    pairs = list(zip(a.values, b.values))
    mean = sum(x - y for x, y in pairs) / len(pairs)
    seeds = sum(x > y for x, y in pairs)
    if len(pairs) == 1:
        judged = "one run"
    elif a.low > b.high or b.low > a.high:
        judged = f"in {seeds} of {len(pairs)} seeds; the intervals do not overlap, so "
        judged += "shown" if mean > 0 else "the contrary is shown"
    else:
        judged = f"in {seeds} of {len(pairs)} seeds; the intervals overlap, so not shown"
    return f"- {names[better]} above {names[worse]}: {100 * mean:+.1f} points, {judged}."


class Plot:
    """A chart of 0 to `top` upwards, as SVG."""

    WIDTH, HEIGHT, LEFT, BOTTOM = 860, 300, 50, 250

    def __init__(self, title, top=1.0, unit="%"):
        self.top, self.unit, self.parts = top, unit, []
        self.text(self.LEFT, 16, title, "start", 14)
        for i in range(5):
            value = top * i / 4
            y = self.y(value)
            self.parts.append(f'<line x1="{self.LEFT}" x2="{self.WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
            label = f"{100 * value:.0f} %" if unit == "%" else f"{value:.3g}"
            self.text(self.LEFT - 6, y + 4, label, "end")

    def y(self, value):
        return self.BOTTOM - (self.BOTTOM - 40) * min(max(value / self.top, 0), 1)

    def text(self, x, y, text, anchor="middle", size=11):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{text}</text>')

    def error(self, x, low, high):
        if math.isinf(low):
            return
        self.parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.y(low):.1f}" y2="{self.y(high):.1f}" stroke="#333"/>')

    def bars(self, groups, series, names):
        """series: key -> list of Estimate, one a group."""
        step = (self.WIDTH - self.LEFT - 20) / len(groups)
        width = 0.8 * step / len(series)
        for k, values in enumerate(series.values()):
            for i, value in enumerate(values):
                x = self.LEFT + 10 + i * step + k * width
                y = self.y(value.mean)
                self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width - 1:.1f}" '
                                  f'height="{self.BOTTOM - y:.1f}" fill="{COLOURS[k]}"/>')
                self.error(x + width / 2, value.low, value.high)
        for i, group in enumerate(groups):
            self.text(self.LEFT + 10 + (i + 0.4) * step, self.BOTTOM + 16, group)
        self.legend([names[key] for key in series])

    def line(self, k, points, places):
        """points: (place, value, low, high); places: place -> share of the width."""
        span = self.WIDTH - self.LEFT - 60
        at = [(self.LEFT + 20 + span * places[p], v, low, high) for p, v, low, high in points]
        path = " ".join(f"{x:.1f},{self.y(v):.1f}" for x, v, _, _ in at)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[k]}" stroke-width="2"/>')
        for x, _, low, high in at:
            self.error(x, low, high)

    def places(self, names):
        span = self.WIDTH - self.LEFT - 60
        result = {name: i / max(len(names) - 1, 1) for i, name in enumerate(names)}
        for name, share in result.items():
            self.text(self.LEFT + 20 + span * share, self.BOTTOM + 16, name)
        return result

    def legend(self, names):
        x = self.LEFT
        for k, name in enumerate(names):
            self.parts.append(f'<rect x="{x}" y="{self.BOTTOM + 30}" width="10" height="10" fill="{COLOURS[k]}"/>')
            self.text(x + 14, self.BOTTOM + 39, name, "start")
            x += 28 + 6.2 * len(name)

    def write(self, name, files):
        body = "\n".join(self.parts)
        files[IMAGES / f"results-{name}.svg"] = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.WIDTH} {self.HEIGHT}" '
            f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n')


def plot_arms(found, names, name, title, files):
    families = ["all"] + sorted(f for f in next(iter(found.values())) if f != "all")
    plot = Plot(title)
    plot.bars(families, {arm: [found[arm][f] for f in families] for arm in found}, names)
    plot.write(name, files)


def adaptation_part(results, files):
    found = estimates(results, ARMS)
    plot_arms(found, ARMS, "adaptation", "answers right, by family of problems", files)
    verdicts = [verdict(found, ARMS, better, worse) for better, worse in ORDER]
    return arm_table(found, ARMS) + "\n\n" + "\n".join(verdicts)


def few_part(results, files):
    found = estimates(results, FEW)
    plot_arms(found, FEW, "few", "answers right after tuning on few instructions", files)
    return arm_table(found, FEW) + "\n\n" + verdict(found, FEW, "few", "few_direct")


def planning_part(results, files):
    found = estimates(results, PLANNERS)
    plot_arms(found, PLANNERS, "planning", "planning problems solved", files)
    return arm_table(found, PLANNERS) + "\n\n" + verdict(found, PLANNERS, "planner", "planner_twin")


def ablation_part(results, files):
    found = estimates(results, ABLATIONS)
    plot_arms(found, ABLATIONS, "ablations", "answers right without a part of the method", files)
    rest = [arm for arm in ABLATIONS if arm != "tuned"]
    verdicts = [verdict(found, ABLATIONS, "tuned", arm) for arm in rest]
    return arm_table(found, ABLATIONS) + "\n\n" + "\n".join(verdicts)


def sweep_points(file, key):
    """value of the setting -> its task"""
    points = json.loads(file.read_text())["points"]
    return {str(p["settings"][key]): p["tasks"][0] for p in points}


def costs_of(results, name, steps):
    """What stories cost under the twin, in nats a token, by steps."""
    return {n: json.loads((results / f"{name}-{n}.json").read_text())["nats_per_token"] for n in steps}


def by_steps_plot(title, series, steps, key, top=1.0, unit="%"):
    """series: name -> steps -> measure, whose value is `key`."""
    plot = Plot(title, top, unit)
    places = plot.places(steps)
    for k, found in enumerate(series.values()):
        plot.line(k, [(s, found[s][key], found[s]["low"], found[s]["high"]) for s in steps if s in found], places)
    plot.legend(list(series))
    return plot


def steps_part(results, files):
    points = {name: sweep_points(files_of(results, name)[0], "steps") for name in ("steps", "stories", "blocks")}
    steps = list(points["stories"])
    names = ["problems", "stories with all words", "stories in blocks of 16 with all words"]
    right = {name: {s: task["measures"][0] for s, task in found.items()} for name, found in zip(names, points.values())}
    by_steps_plot("answers right, by denoising steps", right, steps, "score").write("steps", files)
    costs = {"all at once": costs_of(results, "story_cost", steps),
             "in blocks of 16": costs_of(results, "block_cost", points["blocks"])}
    top = max(c["high"] for found in costs.values() for c in found.values())
    title = "nats a token of stories under the twin, by denoising steps"
    by_steps_plot(title, costs, steps, "value", top, "").write("story-cost", files)
    rows = [[f"{name}, %"] + [percent(found[s]) if s in found else "" for s in steps] for name, found in right.items()]
    rows += [[f"nats a token of stories {name}"] + [number(found[s]) if s in found else "" for s in steps]
             for name, found in costs.items()]
    twin = json.loads((results / "story_cost_twin.json").read_text())["nats_per_token"]
    return table(["steps"] + steps, rows) + f"\n\nThe twin's own stories cost {number(twin)} nats a token."


def guidance_part(results, files):
    found = sweep_points(files_of(results, "guidance")[0], "guidance.scale")
    rows = []
    for scale, task in found.items():
        rows.append([scale, number(task["reward"], "+.2f"), percent(task["measures"][0])])
    rewards = [task["reward"] for task in found.values()]
    lowest = min(r["low"] for r in rewards)
    plot = Plot("mean reward above the lowest, by guidance scale", max(r["high"] for r in rewards) - lowest, "")
    plot.line(0, [(s, t["reward"]["value"] - lowest, t["reward"]["low"] - lowest, t["reward"]["high"] - lowest)
                  for s, t in found.items()], plot.places(list(found)))
    plot.write("guidance", files)
    return table(["guidance scale", "mean reward", "stories with all words, %"], rows)


def replace_part(text, name, part):
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in text or end not in text:
        sys.exit(f"results: {DOCUMENT}: expected {begin} and {end}, found {'one' if begin in text else 'none'}")
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n\n{part}\n\n{end}", text, flags=re.S)


def main():
    *options, results = sys.argv[1:] or ["--help"]
    if options not in ([], ["--check"]) or results.startswith("-"):
        sys.exit(__doc__)
    parts = {"adaptation": adaptation_part, "few": few_part, "steps": steps_part, "guidance": guidance_part,
             "planning": planning_part, "ablations": ablation_part}
    files = {}
    text = DOCUMENT.read_text()
    for name, part in parts.items():
        text = replace_part(text, name, part(pathlib.Path(results), files))
    files[DOCUMENT] = text
    for path, content in files.items():
        if not options:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        elif not path.is_file() or path.read_text() != content:
            sys.exit(f"results: {path}: expected what {results} says, found something else (scripts/results.py {results})")
    print(f"results: {DOCUMENT}")


if __name__ == "__main__":
    main()
