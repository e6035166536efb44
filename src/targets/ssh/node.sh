# What keyplan runs on a node, the same text every time: it reads and replaces the file of authorized keys of the
# user who logged in, as often as it is asked, until its input ends or it refuses. Nothing is ever put into this text. All values
# come on standard input: each time one line of words, then, for a change, the bytes of the new file:
#
#   keyplan-2 NONCE observe MOST
#   keyplan-2 NONCE change OLD NEW
#
# MOST is a number of bytes. OLD and NEW are what cksum says of a file, as SUM:BYTES; OLD is - where there is
# no file. Nothing is asked before the answer to what was asked is there. Each answer is a line that begins with
# keyplan-2 and the nonce, so that whatever a shell prints at login is told from it:
#
#   absent CLIENT          there is no file
#   file SUM:BYTES CLIENT  here it is: its bytes follow, and then a line with: end
#   done SUM:BYTES         the file was replaced
#   changed                the file is not OLD; nothing was changed
#   busy                   another keyplan is replacing the file; nothing was changed
#   refused WHY            nothing was changed
#
# CLIENT is the address from where the login came, as sshd sees it; it may be empty.
#
# A change is written beside the file, synced, checked, and renamed. The lock is held only between the last
# look at the old file and the rename, without any input in between. So one that is older than a few
# seconds has no holder any more, and is taken away.
#
# This text is an argument in single quotes to whatever shell the user has: it has no single quote, and no
# backslash before a backslash.
umask 077
LC_ALL=C
export LC_ALL
unset IFS CDPATH ENV
say() { printf "\nkeyplan-2 %s %s\n" "$nonce" "$1"; }
refuse() { say "refused $1"; exit 1; }
sum() { set -- $(cksum < "$1"); printf "%s:%s" "$1" "$2"; }
facts() {
  set -- $(ls -lnd "$1")
  printf "%s %s %s" "${1%[.+@]}" "$3" "$4"
}
settle() { sync "$1" 2> /dev/null || sync 2> /dev/null || :; }
# Exactly so many bytes of the input.
take() {
  [ "$1" -gt 0 ] || return 0
  if head -c 1 < /dev/null > /dev/null 2>&1; then head -c "$1"; else dd bs=1 count="$1" 2> /dev/null; fi
}
tidy() {
  rm -f "$beside"
  if [ -n "$locked" ]; then rmdir "$lock"; fi
}
look() {
  command -v cksum > /dev/null || refuse no-cksum
  [ -n "${HOME:-}" ] || refuse no-home
  cd "$HOME" 2> /dev/null || refuse no-home
  [ ! -h .ssh ] || refuse folder-is-link
  if [ -e .ssh ] && [ ! -d .ssh ]; then refuse folder-is-none; fi
  file=.ssh/authorized_keys
  [ ! -h "$file" ] || refuse file-is-link
  there=-
  if [ -e "$file" ]; then
    [ -f "$file" ] || refuse file-is-none
    [ -r "$file" ] || refuse unreadable
    there=$(sum "$file")
  fi
}
observe() {
  case "$first" in "" | *[!0-9]*) exit 1 ;; esac
  client=${SSH_CONNECTION:-}
  client=${client%% *}
  if [ "$there" = - ]; then say "absent $client"; return; fi
  [ "${there#*:}" -le "$first" ] || refuse too-large
  say "file $there $client"
  cat "$file"
  say end
}
change() {
  case "${second#*:}" in "" | *[!0-9]*) exit 1 ;; esac
  if [ "$there" != "$first" ]; then
    take "${second#*:}" > /dev/null
    say changed
    exit 0
  fi
  beside=$file.keyplan-$nonce
  lock=$file.keyplan-lock
  locked=
  trap tidy EXIT
  trap "exit 1" HUP INT PIPE TERM
  if [ ! -d .ssh ]; then mkdir .ssh || refuse unwritable; fi
  if (set -C; : > "$beside"); then :; else refuse unwritable; fi
  if [ "$there" != - ]; then
    cp -p "$file" "$beside" || refuse unwritable
    [ "$(facts "$file")" = "$(facts "$beside")" ] || refuse owner
  fi
  mode=$(ls -ld "$beside")
  case "$mode" in
    ??w*) take "${second#*:}" > "$beside" ;;
    *) chmod u+w "$beside"; take "${second#*:}" > "$beside"; chmod u-w "$beside" ;;
  esac
  [ "$(sum "$beside")" = "$second" ] || refuse incomplete
  settle "$beside"
  tries=0
  until mkdir "$lock" 2> /dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -eq 5 ]; then rmdir "$lock" 2> /dev/null || refuse unwritable; fi
    if [ "$tries" -ge 8 ]; then say busy; exit 0; fi
    [ "$tries" -eq 5 ] || sleep 1
  done
  locked=yes
  [ ! -h "$file" ] || refuse file-is-link
  now=-
  if [ -e "$file" ]; then
    [ -f "$file" ] || refuse file-is-none
    now=$(sum "$file")
  fi
  if [ "$now" != "$first" ]; then say changed; exit 0; fi
  mv -f "$beside" "$file" || refuse unwritable
  settle .ssh
  say "done $(sum "$file")"
}

while read -r protocol nonce task first second; do
  case "$protocol:$nonce" in
    *[!0-9a-z:-]* | *:) exit 1 ;;
    keyplan-2:*) ;;
    *) exit 1 ;;
  esac
  # Each in a shell of its own, which ends with 0 only if it has read all that came with the question: what is left
  # of a file must not be read as the next one.
  case "$task" in
    observe | change) (look; "$task") || exit 0 ;;
    *) exit 1 ;;
  esac
done
