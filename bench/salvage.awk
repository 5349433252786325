# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a table of the lines "SET WAY BLOCKS WHO HOW INTACT BACK LOST WRONG UNTOLD
# SILENT" of bench/salvage: a row for each way and number of blocks.  The variables:
# set, ways (with a ";" behind each), and sizes.

function share(who, key,	wanted) {
	if (!((who, key) in intact))
		return "-"
	wanted = intact[who, key] - lost[who, key]
	if (!wanted || back[who, key] == wanted)
		return "all"
	return sprintf("%.3f", int(100000 * back[who, key] / wanted) / 1000)
}
function count(what, who, key) {
	return (who, key) in what ? what[who, key] : "-"
}
# What decides is the first of these that differs.
function against(who, key,	a, b) {
	if (!((who, key) in intact))
		return "-"
	a = back["ours", key] + lost["ours", key]
	b = back[who, key] + lost[who, key]
	if (a != b)
		return a > b ? "more back" : "**less back**"
	a = silent["ours", key]
	b = silent[who, key]
	if (a != b)
		return a < b ? "fewer wrong, silent" : "**more wrong, silent**"
	a = untold["ours", key]
	b = untold[who, key]
	if (a != b)
		return a < b ? "losses told" : "**losses not told**"
	a = wrong["ours", key]
	b = wrong[who, key]
	return a == b ? "tie" : a < b ? "fewer wrong" : "**more wrong**"
}
function row(key, name) {
	printf "| %s | %s | %s | %s | %s | %s | %s | %d | %d | %s | %s | %s | %s |\n", name,
		share("ours", key), share("1.1", key), share("0.9", key),
		count(untold, "ours", key), count(untold, "1.1", key), count(untold, "0.9", key),
		wrong["ours", key] - silent["ours", key], silent["ours", key],
		count(wrong, "1.1", key), count(wrong, "0.9", key),
		against("1.1", key), against("0.9", key)
}
# How many rows end how.
function tally(who,	i, n, text, result) {
	split("", n)
	for (i = 1; i <= nr_rows; i++)
		n[against(who, rows[i])]++
	for (result in n)
		text = text (text ? ", " : "") result " in " n[result]
	return text
}
$1 == set {
	key = $2 " " $3
	for (i = 0; i < 2; i++) {
		intact[$4, key] += $6; back[$4, key] += $7; lost[$4, key] += $8
		wrong[$4, key] += $9; untold[$4, key] += $10; silent[$4, key] += $11
		key = "all"
	}
	how[$4, $5]++
	nr_repairs += $4 == "ours"
}
END {
	print "| damage, blocks | ours, % | 1.1, % | 0.9, % | ours lost, silent |" \
		" 1.1 lost, silent | 0.9 lost, silent | ours wrong, told |" \
		" ours wrong, silent | 1.1 wrong | 0.9 wrong | ours to 1.1 | ours to 0.9 |"
	print "|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|:--|:--|"
	nr_ways = split(ways, name, ";") - 1
	nr_sizes = split(sizes, size, " ")
	for (w = 1; w <= nr_ways; w++)
		for (s = 1; s <= nr_sizes; s++) {
			rows[++nr_rows] = w - 1 " " size[s]
			row(rows[nr_rows], name[w] ", " size[s])
		}
	row("all", "all")
	print ""
	for (p = split("0.9 1.1", who, " "); p; p--)
		if ((who[p], "all") in intact)
			printf "Of %d rows, to %s: %s.\n", nr_rows, who[p], tally(who[p])
	printf "Of %d repairs", nr_repairs
	for (p = split("0.9 1.1 ours", who, " "); p; p--)
		if ((who[p], "all") in intact)
			printf "%s %s refused %d, crashed in %d, did not end in %d", p < 3 ? ";" : "",
				who[p], how[who[p], "refused"], how[who[p], "crashed"],
				how[who[p], "hung"]
	print ".\n"
}
