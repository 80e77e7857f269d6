//! What an export may replace in its folder, and what a crash leaves.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::{
    fs,
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::Command,
};

use sweep_export::{
    Column, ExportError, Exported, SourceError, Table, TableForm, TableSource, export_tables,
};
use sweep_job::{ColumnType, Value};
use tempfile::TempDir;

const LIST: &str = ".sweep-export.json";

/// One row, with a number.
struct Row(i64);

impl TableSource for Row {
    fn rows(
        &mut self,
        _table: &Table,
        take: &mut dyn FnMut(&[Value]) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let _ = take(&[Value::Integer(self.0)]);
        Ok(())
    }
}

fn export(form: TableForm, folder: &Path, names: &[&str], number: i64) -> Result<Exported, ExportError> {
    let columns = vec![Column { name: "number".into(), kind: ColumnType::Integer }];
    let tables: Vec<Table> =
        names.iter().map(|name| Table { name: (*name).into(), columns: columns.clone() }).collect();
    export_tables(form, folder, &tables, &mut Row(number))
}

/// The names in a folder but those of the export's own notes.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| ![LIST, ".sweep-export.lock"].contains(&name.as_str()));
    names.sort();
    names
}

struct Scene {
    _outside: TempDir,
    folder: PathBuf,
}

impl Scene {
    /// A folder that is not there yet.
    fn new() -> Self {
        let outside = TempDir::new().unwrap();
        Self { folder: outside.path().join("new/folder"), _outside: outside }
    }

    /// An export of the tables `a` and `b` with the number 1.
    fn exported() -> Self {
        let scene = Self::new();
        export(TableForm::Csv, &scene.folder, &["a", "b"], 1).unwrap();
        scene
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// What an error says, without the place of the folder.
    fn refusal(&self, form: TableForm) -> String {
        let said = export(form, &self.folder, &["a"], 2).unwrap_err().to_string();
        said.replace(&self.folder.display().to_string(), "FOLDER")
    }

    fn write_list(&self, files: &str) {
        let list = format!(r#"{{"made_by":"sweep export","form":"csv","files":{files}}}"#);
        fs::write(self.folder.join(LIST), list).unwrap();
    }
}

#[test]
fn an_export_replaces_its_own_files_and_no_others() {
    let scene = Scene::exported();
    fs::write(scene.folder.join("notes.txt"), "mine").unwrap();
    export(TableForm::Csv, &scene.folder, &["a", "c"], 2).unwrap();
    assert_eq!(names(&scene.folder), ["a.csv", "c.csv", "notes.txt"]);
    assert_eq!(scene.text("a.csv"), "number\n2\n");
    assert_eq!(scene.text("notes.txt"), "mine");
}

#[test]
fn what_no_export_made_is_refused() {
    let strange = Scene::new();
    fs::create_dir_all(&strange.folder).unwrap();
    fs::write(strange.folder.join("thesis.tex"), "mine").unwrap();
    let other = Scene::exported();
    let taken = Scene::exported();
    fs::remove_file(taken.folder.join("a.csv")).unwrap();
    taken.write_list(r#"["b.csv"]"#);
    fs::write(taken.folder.join("a.csv"), "mine").unwrap();
    let file = Scene::new();
    fs::create_dir_all(file.folder.parent().unwrap()).unwrap();
    fs::write(&file.folder, "mine").unwrap();
    let said = [
        strange.refusal(TableForm::Csv),
        other.refusal(TableForm::Parquet),
        taken.refusal(TableForm::Csv),
        file.refusal(TableForm::Csv),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    the folder FOLDER is not empty, and holds no earlier export: it has thesis.tex
    the folder FOLDER holds an export for CSV: Parquet needs a folder of its own
    FOLDER/a.csv is in the way: no export made it, and it is not overwritten
    FOLDER is no folder
    ");
    assert_eq!(names(&strange.folder), ["thesis.tex"]);
    assert_eq!((taken.text("a.csv"), taken.text("b.csv")), ("mine".into(), "number\n1\n".into()));
    assert_eq!(names(&taken.folder), ["a.csv", "b.csv"]);
}

#[test]
fn a_hostile_list_leads_to_no_other_folder() {
    for files in [
        r#"["../../outside.txt"]"#,
        r#"["/etc/passwd"]"#,
        r#"["runs/../../outside.txt"]"#,
        r#"["."]"#,
        r#"[""]"#,
        r#"["a/"]"#,
        "7",
    ] {
        let scene = Scene::exported();
        let outside = scene.folder.join("../../outside.txt");
        fs::write(&outside, "mine").unwrap();
        scene.write_list(files);
        assert!(
            matches!(
                export(TableForm::Csv, &scene.folder, &["a"], 2),
                Err(ExportError::UnreadableList { .. })
            ),
            "{files}"
        );
        assert_eq!(fs::read_to_string(outside).unwrap(), "mine");
    }
}

#[cfg(unix)]
#[test]
fn links_lead_to_no_other_folder() {
    let scene = Scene::exported();
    let outside = scene.folder.join("../outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("mine.txt"), "mine").unwrap();
    std::os::unix::fs::symlink(&outside, scene.folder.join("run")).unwrap();
    scene.write_list(r#"["a.csv","b.csv","run/mine.txt"]"#);
    export(TableForm::Csv, &scene.folder, &["a"], 2).unwrap();
    assert_eq!(fs::read_to_string(outside.join("mine.txt")).unwrap(), "mine");
    // A file that became a link is replaced, not followed.
    let target = outside.join("target.csv");
    fs::write(&target, "mine").unwrap();
    fs::remove_file(scene.folder.join("a.csv")).unwrap();
    std::os::unix::fs::symlink(&target, scene.folder.join("a.csv")).unwrap();
    export(TableForm::Csv, &scene.folder, &["a"], 3).unwrap();
    assert_eq!(
        (fs::read_to_string(&target).unwrap(), scene.text("a.csv")),
        ("mine".into(), "number\n3\n".into())
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_list_is_refused_at_once() {
    let scene = Scene::exported();
    let list = scene.folder.join(LIST);
    fs::remove_file(&list).unwrap();
    assert!(Command::new("mkfifo").arg(&list).status().unwrap().success());
    let refused = export(TableForm::Csv, &scene.folder, &["a"], 2);
    assert!(matches!(refused, Err(ExportError::UnreadableList { .. })), "{refused:?}");
}

#[test]
fn a_crash_before_the_end_leaves_the_earlier_export() {
    let scene = Scene::exported();
    let staging = scene.folder.join(".sweep-export.partial");
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join("0"), "half").unwrap();
    assert_eq!(scene.text("a.csv"), "number\n1\n");
    export(TableForm::Csv, &scene.folder, &["a"], 2).unwrap();
    assert_eq!(names(&scene.folder), ["a.csv"]);
}

#[test]
fn a_crash_among_the_renames_leaves_files_that_the_next_export_knows() {
    let scene = Scene::exported();
    // The list has the files of both exports, and the new file `c` is there already.
    scene.write_list(r#"["a.csv","b.csv","c.csv","d.csv"]"#);
    fs::write(scene.folder.join("c.csv"), "number\n2\n").unwrap();
    export(TableForm::Csv, &scene.folder, &["a", "c"], 3).unwrap();
    assert_eq!(names(&scene.folder), ["a.csv", "c.csv"]);
    assert_eq!(
        scene.text(LIST),
        "{\"made_by\":\"sweep export\",\"form\":\"csv\",\"files\":[\"a.csv\",\"c.csv\"]}\n"
    );
}

#[test]
fn two_exports_at_once_are_told() {
    let scene = Scene::exported();
    let lock = File::options().write(true).open(scene.folder.join(".sweep-export.lock")).unwrap();
    lock.try_lock().unwrap();
    assert_eq!(scene.refusal(TableForm::Csv), "another export is writing to FOLDER");
    drop(lock);
    export(TableForm::Csv, &scene.folder, &["a"], 2).unwrap();
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let error = export(TableForm::Csv, Path::new("/dev/null/folder"), &["a"], 1).unwrap_err();
    let ExportError::File { action, path, .. } = &error else { panic!("{error}") };
    assert_eq!((*action, path.as_path()), ("make the folder", Path::new("/dev/null/folder")));
}
