//! What shells make of a command that is half typed.

use std::path::Path;

use xtask::repository;
use xtask::setup::{self, SetupError};
use xtask::skip::skip;

use crate::desk::{Desk, begun, ended};
use crate::terminal::Terminal;

/// What is typed, and what its last word becomes.
const HALVES: [(&str, &str); 4] = [
    ("ringway expl", "explain"),
    ("ringway ring can", "cancel"),
    ("ringway get --cons", "--consistency"),
    ("ringway get a --consistency l", "linearizable"),
];

/// What is not so on every machine; `bash`, which is, is looked at with the program itself.
pub(crate) async fn each_shell_completes_what_is_typed(desk: &Desk) {
    in_fish(desk).await;
    in_zsh(desk).await;
}

fn is_there<T>(shell: Result<T, SetupError>) -> Option<T> {
    let lacking = |error| skip(&format!("it is not seen what a shell completes: {error}"));
    shell.map_err(lacking).ok()
}

/// Where the parts of a shell are that is not installed, and so not where it looks for them.
fn unpacked(shell: &Path, package: &str) -> Option<String> {
    let root = repository::tools().join(format!("debian-{package}"));
    shell.is_absolute().then(|| root.to_str().unwrap().to_owned())
}

async fn in_fish(desk: &Desk) {
    let Some(fish) = is_there(setup::fish().await) else { return };
    assert_eq!(desk.script("ringway completions fish >ringway.fish").code, 0);
    let parts = match unpacked(&fish, "fish") {
        Some(root) => format!("set fish_function_path {root}/usr/share/fish/functions"),
        None => "true".to_owned(),
    };
    for (typed, whole) in HALVES {
        let mut command = desk.command(fish.to_str().unwrap());
        let complete = format!("{parts}; source ringway.fish; complete --do-complete '{typed}'");
        command.args(["--no-config", "--command", &complete]);
        let said = ended(begun(command));
        assert_eq!((said.code, &*said.err), (0, ""), "{said:?}");
        assert_eq!(said.out.split_whitespace().next(), Some(whole), "{typed}: {said:?}");
    }
}

/// It completes nothing but what somebody types.
async fn in_zsh(desk: &Desk) {
    let Some(zsh) = is_there(setup::zsh().await) else { return };
    let Some(terminal) = Terminal::at(desk).await else { return };
    terminal.enter(&format!("{} -f", zsh.display()));
    if let Some(root) = unpacked(&zsh, "zsh") {
        terminal.enter(&format!("root={root}"));
        terminal.enter("module_path=($root/usr/lib/*-linux-gnu/zsh/*)");
        terminal.enter("fpath=(${fpath/#\\//$root/})");
        terminal.enter("zmodload zsh/zle; setopt zle; bindkey -e");
    }
    terminal.enter("autoload -Uz compinit; compinit -u -D; source <(ringway completions zsh)");
    for (typed, whole) in HALVES {
        terminal.enter("PS1='zsh> '; clear");
        terminal.sees(|screen| screen.trim() == "zsh>").await;
        terminal.types(typed);
        terminal.press("Tab");
        let (before, _) = typed.rsplit_once(' ').unwrap();
        let completed = format!("zsh> {before} {whole}");
        // It may go on, by what a flag's value follows.
        terminal.sees(|screen| screen.trim_end().trim_end_matches('=') == completed).await;
        terminal.press("C-u");
    }
}
