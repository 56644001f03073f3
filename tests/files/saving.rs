//! Saved files are always complete, also if other threads or processes read, write or are killed at the same time.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dataset, Matrix, Model, Parameter, Parameters, check_writable, load_parameters, save_parameters,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Creates an empty folder. Each test uses its own names.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files").join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the sorted names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Creates a model with a hidden layer of `width` neurons.
fn model(width: usize) -> Model<f32> {
    let x = Array2::from_shape_fn((4, 3), |(i, j)| (i * (j + 1)) as f32);
    let t = Array2::from_shape_fn((4, 1), |(i, _)| i as f32);
    let dataset = Dataset::new(x, t).unwrap();
    Model::new(&dataset, [(width, Activation::Tanh)], &mut SomeRng::seed_from_u64(width as u64)).unwrap()
}

/// Saves to one path in two threads and reads it in two others. Asserts that every read finds a complete file.
fn check_concurrent_saves(name: &str, save: impl Fn(usize, &Path) + Sync, is_complete: impl Fn(&Path) -> bool + Sync) {
    let folder = folder(&format!("torn-{name}"));
    let path = folder.join(name);
    save(0, &path);
    let (is_finished, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for writer in 0..2 {
            let (path, save, is_finished) = (&path, &save, &is_finished);
            scope.spawn(move || {
                while !is_finished.load(Ordering::Relaxed) {
                    save(writer, path);
                }
            });
        }
        let reader = || {
            while !is_finished.load(Ordering::Relaxed) {
                if !is_complete(&path) {
                    return false;
                }
                reads.fetch_add(1, Ordering::Relaxed);
            }
            true
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        thread::sleep(Duration::from_millis(1500));
        is_finished.store(true, Ordering::Relaxed);
        assert!(
            readers.into_iter().all(|reader| reader.join().unwrap()),
            "an incomplete file after {reads:?} complete ones"
        );
    });
    assert!(reads.into_inner() > 20, "too few reads for this test");
    assert_eq!(names(&folder), [name]);
}

#[test]
fn model_saved_by_two_threads_is_always_complete() {
    let models = [model(4), model(200)];
    let load = |path: &Path| Model::load(path).is_ok_and(|model| models.contains(&model));
    check_concurrent_saves("model.safetensors", |i, path| models[i].save(path).unwrap(), load);
    check_concurrent_saves("model.json", |i, path| models[i].save(path).unwrap(), load);
}

#[test]
fn parameters_and_rust_source_saved_by_two_threads_are_always_complete() {
    let models = [model(4), model(200)];
    let texts = models.each_ref().map(|model| model.to_rust().unwrap());
    check_concurrent_saves(
        "model.rs",
        |i, path| models[i].save_rust(path).unwrap(),
        |path| fs::read_to_string(path).is_ok_and(|text| texts.contains(&text)),
    );
    let mut nets = [(); 2].map(|()| model(2000).net().clone());
    nets[1].set_parameters(&vec![0.5; nets[0].count()]).unwrap();
    let is_complete = |path: &Path| {
        let mut net = nets[0].clone();
        load_parameters(&mut net, path).is_ok() && nets.contains(&net)
    };
    check_concurrent_saves("net.safetensors", |i, path| save_parameters(&nets[i], path).unwrap(), is_complete);
}

#[test]
fn failed_save_keeps_the_old_file() {
    let folder = folder("failed");
    let path = folder.join("model.json");
    model(3).save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let mut broken = model(3);
    let count = broken.net().count();
    for value in [f32::NAN, f32::INFINITY] {
        let mut parameters = vec![0.5; count];
        parameters[5] = value;
        broken.net_mut().set_parameters(&parameters).unwrap();
        let expected = format!("expected a finite parameter, got {value}, in weight 2 of neuron 2 in layer 1");
        for error in [broken.save(&path).unwrap_err(), save_parameters(broken.net(), &path).unwrap_err()] {
            let expected = format!("{expected} (for {}; nothing was written)", path.display());
            assert_eq!(error.to_string(), expected);
        }
        let error = broken.to_rust().unwrap_err();
        assert_eq!(error.to_string(), format!("{expected} (for Model::to_rust; nothing was written)"));
        assert!(Model::<f32>::from_json(&broken.to_json()).is_err());
        assert!(broken.save_rust(folder.join("model.rs")).is_err());
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names(&folder), ["model.json"]);
}

#[test]
fn parameters_of_any_number_of_dimensions_are_saved() {
    let path = folder("dimensions").join("net.safetensors");
    let values: Matrix<f64> = (0..24).map(f64::from).collect();
    let net = |values: &Matrix<f64>, shapes: [&[usize]; 2]| -> [Parameter<f64>; 2] {
        shapes.map(|shape| Parameter::with_shape(values.reshape([2, 12]), shape))
    };
    let saved = net(&values, [&[2, 3, 2, 2], &[24]]);
    save_parameters(&saved, &path).unwrap();
    let mut loaded = net(&Matrix::zeros([1, 24]), [&[2, 3, 2, 2], &[24]]);
    load_parameters(&mut loaded, &path).unwrap();
    assert_eq!(loaded, saved);
    assert_eq!(
        Parameters::<f64>::parameter_info(&loaded)[0].indices().collect::<Vec<_>>(),
        (0..24).collect::<Vec<_>>()
    );
    let error = load_parameters(&mut net(&values, [&[2, 12], &[24]]), &path).unwrap_err().to_string();
    assert!(error.contains("[2, 3, 2, 2]") && error.ends_with("[2, 12]"), "{error}");
}

#[test]
fn name_of_255_bytes_is_saved() {
    let folder = folder("long");
    let name = format!("{}.json", "ä".repeat(125)); // 250 + 5 bytes
    for width in [2, 3] {
        check_writable(folder.join(&name)).unwrap();
        model(width).save(folder.join(&name)).unwrap();
        assert_eq!(Model::load(folder.join(&name)).unwrap(), model(width));
    }
    let too_long = folder.join(format!("a{name}"));
    for result in [check_writable(&too_long), model(2).save(&too_long)] {
        assert_eq!(result.unwrap_err().to_string(), format!("cannot write {}", too_long.display()));
    }
    assert_eq!(names(&folder), [name]);
}

#[test]
fn check_writable_rejects_paths_that_cannot_be_written() {
    let folder = folder("before");
    check_writable(folder.join("model.json")).unwrap();
    assert!(names(&folder).is_empty());
    model(2).save(folder.join("model.json")).unwrap();
    let before = fs::read(folder.join("model.json")).unwrap();
    check_writable(folder.join("model.json")).unwrap();
    assert_eq!(fs::read(folder.join("model.json")).unwrap(), before);
    for path in [folder.join("nowhere/model.json"), folder.clone(), folder.join("model.json/inside.json"), "".into()] {
        let error = check_writable(&path).unwrap_err().to_string();
        assert_eq!(error, format!("cannot write {}", path.display()));
    }
    assert_eq!(names(&folder), ["model.json"]);
}

#[test]
fn load_rejects_file_larger_than_the_limit() {
    let path = folder("large").join("large.safetensors");
    fs::File::create(&path).unwrap().set_len((4 << 30) + 1).unwrap(); // a sparse file, if the file system supports it
    let error = Model::<f32>::load(&path).unwrap_err().to_string();
    fs::remove_file(&path).unwrap();
    assert!(error.starts_with("expected at most 4096 MiB, got 4097, in "), "{error}");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::process::Command;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn save_keeps_the_mode_of_the_old_file() {
        let folder = folder("mode");
        let path = folder.join("model.json");
        fs::write(folder.join("plain"), "").unwrap();
        model(2).save(&path).unwrap();
        assert_eq!(mode(&path), mode(&folder.join("plain")), "a new file has the default mode");
        for expected in [0o600, 0o640, 0o664, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(expected)).unwrap();
            let inode = fs::metadata(&path).unwrap().ino();
            model(3).save(&path).unwrap();
            assert_eq!(mode(&path), expected);
            assert_ne!(fs::metadata(&path).unwrap().ino(), inode, "a new file replaces the old one");
        }
    }

    #[test]
    fn save_keeps_a_symbolic_link_and_replaces_its_target() {
        let folder = folder("link");
        fs::create_dir_all(folder.join("real")).unwrap();
        symlink("real/model.json", folder.join("link.json")).unwrap(); // the target does not exist yet
        symlink("link.json", folder.join("second.json")).unwrap();
        for (name, width) in [("link.json", 2), ("link.json", 3), ("second.json", 4)] {
            check_writable(folder.join(name)).unwrap();
            model(width).save(folder.join(name)).unwrap();
            assert!(fs::symlink_metadata(folder.join(name)).unwrap().is_symlink());
            assert!(fs::symlink_metadata(folder.join("real/model.json")).unwrap().is_file());
            assert_eq!(Model::load(folder.join("real/model.json")).unwrap(), model(width));
        }
        assert_eq!(names(&folder.join("real")), ["model.json"]);
        symlink("loop.json", folder.join("loop.json")).unwrap();
        assert!(model(2).save(folder.join("loop.json")).is_err());
        assert_eq!(names(&folder), ["link.json", "loop.json", "real", "second.json"]);
    }

    #[test]
    fn save_does_not_follow_a_planted_link() {
        let folder = folder("planted");
        let victim = folder.join("victim");
        fs::write(&victim, "of the victim").unwrap();
        // Earlier versions gave the temporary file this name.
        let planted = format!(".model.json.{}.tmp", std::process::id());
        symlink(&victim, folder.join(&planted)).unwrap();
        for _ in 0..2 {
            model(2).save(folder.join("model.json")).unwrap();
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "of the victim");
        assert!(fs::symlink_metadata(folder.join(&planted)).unwrap().is_symlink());
        assert_eq!(names(&folder), [planted, "model.json".into(), "victim".into()]);
    }

    #[test]
    fn save_writes_to_a_pipe_and_does_not_replace_it() {
        let folder = folder("pipe");
        let pipe = folder.join("pipe.json");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = {
            let pipe = pipe.clone();
            thread::spawn(move || fs::read_to_string(pipe).unwrap())
        };
        model(2).save(&pipe).unwrap();
        assert_eq!(Model::from_json(&reader.join().unwrap()).unwrap(), model(2));
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(names(&folder), ["pipe.json"]);
    }

    /// Saves until the process is killed. Does nothing unless another test starts it in a child process.
    #[test]
    fn save_forever_in_child_process() {
        let Ok(path) = std::env::var("BACKPROP_SAVE_FOREVER") else { return };
        thread::scope(|scope| {
            for width in [100_000, 110_000, 120_000, 130_000] {
                // With several threads, at least one is writing when the process is killed.
                scope.spawn({
                    let path = &path;
                    move || {
                        let model = model(width);
                        loop {
                            model.save(path).unwrap();
                        }
                    }
                });
            }
        });
    }

    /// Returns a command that runs [`save_forever_in_child_process`] after the shell command `first`.
    fn saving_process(path: &Path, first: &str) -> Command {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("{first} exec \"$0\" --exact saving::unix::save_forever_in_child_process --nocapture"),
        ]);
        command.arg(std::env::current_exe().unwrap()).env("BACKPROP_SAVE_FOREVER", path);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn kill_while_saving_keeps_a_complete_file() {
        let folder = folder("kill");
        let path = folder.join("model.safetensors");
        model(2).save(&path).unwrap();
        let inode = || fs::metadata(&path).unwrap().ino();
        let mut left = 0;
        for round in 0..10_u64 {
            let before = inode();
            let mut child = saving_process(&path, "").spawn().unwrap();
            let start = Instant::now();
            while inode() == before {
                assert!(start.elapsed() < Duration::from_secs(60), "the child process saves nothing");
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(3 * round));
            child.kill().unwrap();
            child.wait().unwrap();
            Model::<f32>::load(&path).unwrap();
            // A kill between two system calls leaves a temporary file. The next save removes it.
            left += names(&folder).len() - 1;
            model(2).save(&path).unwrap();
            assert_eq!(names(&folder), ["model.safetensors"]);
        }
        assert!(left < 10, "{left} files left by 10 kills");
    }

    /// A mounted file system of limited size.
    #[cfg(target_os = "linux")]
    struct Disk(PathBuf);

    #[cfg(target_os = "linux")]
    impl Disk {
        /// Mounts a file system of `kib` KiB. Returns `None` if this process has no permission to mount one.
        fn new(folder: PathBuf, kib: usize) -> Option<Disk> {
            let options = format!("size={kib}k");
            let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
            mounted.is_ok_and(|output| output.status.success()).then_some(Disk(folder))
        }
    }

    #[cfg(target_os = "linux")]
    impl Drop for Disk {
        fn drop(&mut self) {
            Command::new("umount").arg(&self.0).status().unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn full_disk_is_an_error_and_keeps_the_old_file() {
        let Some(disk) = Disk::new(folder("disk"), 128) else {
            return eprintln!("skipped: this process has no permission to mount a file system");
        };
        let path = disk.0.join("model.json");
        model(2).save(&path).unwrap();
        let error = model(20_000).save(&path).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("No space left on device"), "{error}: {source}");
        assert!(model(20_000).save_rust(disk.0.join("model.rs")).is_err());
        assert_eq!(Model::load(&path).unwrap(), model(2));
        assert_eq!(names(&disk.0), ["model.json"]);
        model(3).save(&path).unwrap();
    }

    /// The system ends a process that exceeds its limit of file size, here 512 kB.
    #[test]
    fn process_ended_by_file_size_limit_keeps_the_old_file() {
        let folder = folder("ended");
        let path = folder.join("model.safetensors");
        model(2).save(&path).unwrap();
        assert!(!saving_process(&path, "ulimit -f 512;").status().unwrap().success());
        assert_eq!(Model::load(&path).unwrap(), model(2));
        if cfg!(target_os = "linux") {
            assert_eq!(names(&folder), ["model.safetensors"]);
        }
    }
}

/// Plotters writes the pictures, and does not report an error if the last bytes do not fit.
#[cfg(target_os = "linux")]
mod pictures {
    use super::*;
    use backprop::ConfusionMatrix;
    use backprop::plot::{ConfusionPicture, Picture};
    use std::process::Command;

    fn picture(classes: usize) -> ConfusionPicture {
        let truth: Vec<usize> = (0..classes).collect();
        let predicted: Vec<usize> = truth.iter().map(|class| class / 2).collect();
        ConfusionPicture::new(&ConfusionMatrix::new(&predicted, &truth, truth.iter().map(|class| format!("c{class}"))))
    }

    #[test]
    fn picture_on_full_disk_is_an_error() {
        let folder = folder("pictures");
        for ending in ["svg", "png"] {
            let path = folder.join(format!("complete.{ending}"));
            picture(2).save(&path).unwrap();
            let cut = (fs::metadata(&path).unwrap().len() - 1) / 1024;
            let mut sh = Command::new("sh"); // limits the size of files
            sh.args([
                "-c",
                &format!(
                    "trap '' XFSZ; ulimit -f {}; exec \"$0\" --exact saving::pictures::draw_in_child_process",
                    2 * cut
                ),
            ]);
            sh.arg(std::env::current_exe().unwrap());
            sh.env("BACKPROP_DRAW", folder.join(format!("cut.{ending}")));
            let output = sh.output().unwrap();
            let out = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && out.contains("1 passed"), "{out}");
        }
    }

    /// Asserts that drawing fails. Does nothing unless another test starts it in a child process with a limit of file
    /// size.
    #[test]
    fn draw_in_child_process() {
        let Ok(path) = std::env::var("BACKPROP_DRAW") else { return };
        let error = picture(2).save(path).unwrap_err();
        assert!(matches!(error, backprop::Error::Io { operation: "draw", .. }), "{error:?}");
    }

    #[test]
    fn picture_of_many_classes_shows_those_with_the_most_mistakes() {
        let text = picture(500).to_svg(Default::default());
        assert!(text.contains("the 40 of 500 classes with the most mistakes") && text.len() < 2_000_000);
        assert!(!picture(40).to_svg(Default::default()).contains("classes"));
    }
}
