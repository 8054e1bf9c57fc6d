# SPDX-License-Identifier: Apache-2.0
# Turns what one guest said into TAP whose names begin with the kernel. A case keeps its name; a program that
# ends early, exits non-zero though its cases passed, leaves something behind or was never reached is a failure.
# Variables: kernel; number, of the last case before; tests, the file of test names; console, of the kernel's
# own words; counts, the file that gets the line "guest KERNEL: N passed, N failed, N skipped".

BEGIN {
	LAST_LINES = 60 # a panic has about 50
	MOST_LINES = 1000 # of what one program says; the rest is in the runner's own file
	while ((getline line < tests) > 0) {
		split(line, words, " ")
		names[++known] = words[1]
	}
}

function result(verdict, name, directive)
{
	printf "%s %d - %s %s%s\n", verdict, ++number, kernel, name, directive
	if (directive)
		skipped++
	else if (verdict == "ok")
		passed++
	else
		failed++
	fflush()
}

function comment(text)
{
	sub(/^#[ \t]*/, "", text)
	print "# " text
	fflush()
}

# "ok 3 - a name # SKIP why". Where the name is missing, as in cmocka's, it follows SKIP.
function one_case(text,    verdict, directive, at)
{
	verdict = text ~ /^not ok/ ? "not ok" : "ok"
	sub(/^(not )?ok[ \t]*[0-9]*[ \t]*-?[ \t]*/, "", text)
	at = match(text, /#[ \t]*[Ss][Kk][Ii][Pp][A-Za-z]*[ \t]*/)
	if (at) {
		directive = substr(text, at + RLENGTH)
		text = substr(text, 1, at - 1)
		sub(/[ \t]+$/, "", text)
		if (text == "") {
			text = directive
			directive = reason
		}
		directive = " # SKIP " directive
	}
	reason = ""
	cases++
	if (verdict == "not ok" && !directive)
		bad++
	result(verdict, current ": " text, directive)
}

# A program without TAP counts as one case.
function finish(name, status)
{
	if (planned < 0 && cases == 0)
		result(status == 0 || status == 77 ? "ok" : "not ok", name, status == 77 ? " # SKIP " last : "")
	else if (cases < planned || planned < 0)
		result("not ok", name ": ended after " cases " cases of " (planned < 0 ? "no plan" : planned))
	else if (status != 0 && bad == 0)
		result("not ok", name ": exits with 0 when all cases passed")
	if (status != 0 && status != 77)
		comment(name ": exit status " status (status == 137 ? ", killed; was it at its time limit?" : ""))
	ran[name] = 1
	current = ""
}

function unreached(what,    i, lines)
{
	if (current)
		finish(current, "unknown, it was interrupted")
	for (i = 1; i <= known; i++)
		if (!(names[i] in ran))
			result("not ok", names[i] ": was not reached")
	result("not ok", what)
	comment("the last lines of its console (" console "):")
	while ((getline line < console) > 0)
		last_lines[++lines] = line
	for (i = lines > LAST_LINES ? lines - LAST_LINES + 1 : 1; i <= lines; i++)
		comment("| " last_lines[i])
}

function seconds(milliseconds)
{
	return sprintf("%.1f s", milliseconds / 1000)
}

$1 == "@@guest" && $2 == "begin" {
	current = $3
	planned = -1
	cases = bad = spoken = 0
	reason = last = ""
	next
}
$1 == "@@guest" && $2 == "end" {
	finish($3, $4)
	next
}
$1 == "@@guest" && $2 == "left" {
	result("not ok", $3 ": left something behind")
	sub(/^@@guest left /, "")
	comment("left behind by " $0)
	next
}
$1 == "@@guest" {
	next
}
$1 == "@@runner" {
	outcome = $2
	if ($2 == "stopped")
		unreached("guest stopped answering")
	else if ($2 != "finished")
		unreached("guest ended before its tests did")
	comment("guest " kernel ": first test after " seconds($3) ", " seconds($4) " in all")
	next
}
/^[ \t\r]*$/ {
	next
}
current && /^1\.\.[0-9]+/ {
	planned = substr($1, 4) + 0
	if (planned == 0) {
		sub(/^1\.\.0[ \t]*(#[ \t]*[A-Za-z]*)?[ \t]*/, "")
		result("ok", current, " # SKIP " $0)
	}
	next
}
current && /^(not )?ok([ \t]|$)/ {
	one_case($0)
	next
}
{
	if (sub(/^#[ \t]*skipped:[ \t]*/, "# "))
		reason = substr($0, 3)
	last = $0
	if (++spoken <= MOST_LINES)
		comment($0)
	else if (spoken == MOST_LINES + 1)
		comment("and more, which is left out here")
}

END {
	if (!outcome)
		result("not ok", "guest was not watched to its end")
	line = sprintf("guest %s: %d passed, %d failed, %d skipped", kernel, passed, failed, skipped)
	comment(line)
	print line >> counts
	exit failed > 0
}
