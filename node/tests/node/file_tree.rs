//! Directories with files, to be stored and to be compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// `count` files of some bytes each, in directories of a hundred.
pub(crate) fn files(root: &Path, count: usize) {
    for number in 0..count {
        let directory = root.join(format!("{:03}", number / 100));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{number} ü")), format!("file {number}\n")).unwrap();
    }
}

/// All files below `root`, by their paths from there on.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}
