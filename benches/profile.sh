#!/bin/sh
# Prints where the time of `keyplan plan` goes when nothing has changed: of each layout of the files, the share of
# samples of all threads in each part of the work, over five runs. It needs perf (on Debian the package linux-perf).
set -eu

command -v perf >/dev/null || { echo "this needs perf: on Debian \`apt-get install linux-perf\`" >&2; exit 1; }
N=${N:-100000}
export N
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo bench --quiet --locked --bench table -- files "$folder" >&2
CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=1 \
	cargo build --quiet --release --locked --target-dir target/profile

# Of each sample, the innermost frame that belongs to a part says which part it is.
shares() {
	awk '
	function part(name, pattern) { names[++parts] = name; patterns[parts] = pattern }
	BEGIN {
		part("memory given by the kernel", "asm_exc_page_fault")
		part("finding the files", "source::walk::walk|source::walk::Walked|walkdir::")
		part("reading the files", "source::walk::Folder as .*::read|source::walk::read_at_most")
		part("YAML, and private keys in it", "declare::load::|source::yaml::(read|lane|events)|private_key::")
		part("declarations out of YAML", "declare::declarations|source::yaml::decode|declare::check")
		part("names that others refer to", "resolve::names::Names")
		part("public keys", "resolve::public_key|resolve::key_line|resolve::key_fields|read_and_prove")
		part("the rest of resolving", "validate::resolve_all|resolve::resolver|Resources>?::(sort|join)")
		part("rules on all of it", "keyplan::rules::check|keyplan::rules::[a-z_]*::check")
		part("what is desired, by project", "validate::gate::")
		part("digests of projects, against the recorded ones", "state::compare|state::v1|state::entry")
		part("the proofs that are kept", "keyplan::proofs::")
		part("everything else", "")
	}
	NF == 0 { if (found) count[found]++; else if (frames) count[parts]++; if (frames) all++; found = frames = 0; next }
	{
		frames++
		for (number = 1; !found && number < parts; number++) if ($0 ~ patterns[number]) found = number
	}
	END {
		print "| part | share of the time of all cores |\n|---|---|"
		for (number = 1; number <= parts; number++) printf "| %s | %.0f %% |\n", names[number], 100 * count[number] / all
	}'
}

for layout in packed documents; do
	keyplan=target/profile/release/keyplan
	$keyplan apply --auto-approve "$folder/$layout" >/dev/null
	for _ in 1 2 3 4 5; do
		# Right after another run, memory and files are where they were.
		$keyplan plan "$folder/$layout" >/dev/null
		perf record --quiet -e cpu-clock -F 999 --call-graph dwarf,8192 -o "$folder/perf" \
			$keyplan plan "$folder/$layout" >/dev/null
		perf script -i "$folder/perf" -F ip,sym 2>/dev/null >>"$folder/$layout.stacks"
	done
	case $layout in
	packed) title='Many documents in a file' ;;
	documents) title='One document in a file' ;;
	esac
	printf '\n%s:\n\n' "$title"
	shares <"$folder/$layout.stacks"
done
