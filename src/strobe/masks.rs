//! Masks on the command line.

use stroboscope::recording::MaskKind;

/// The long help of `--mask`.
pub fn help() -> String {
    let width = MaskKind::ALL.map(|kind| kind.name.len());
    let width = width.into_iter().max().unwrap_or(0);
    let kinds = MaskKind::ALL.map(|kind| {
        let MaskKind {
            name,
            expression,
            example,
            ..
        } = kind;
        format!(
            "\n  {name:width$}  {example}\n  {:width$}  /{expression}/",
            ""
        )
    });
    format!(
        "Do not keep what this matches in the output: the transcript has the mask's name instead, as <pid>, in as many \
         columns. May be repeated; what several match is masked by the first.\n\n\
         MASK is NAME=/REGEX/ or a kind from the list. If the expression has groups, only what they match is masked; a \
         group (?<name>…) masks by its own name. With \" width\" after it, as in \"pid width\", another width is a \
         difference.\n\nKinds:{}",
        kinds.concat()
    )
}
