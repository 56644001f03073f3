//! Files: read up to a limit, and written atomically.
//!
//! What is promised about them is in `docs/files.md`.

use crate::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
#[cfg(feature = "save")]
use std::{
    fs::{self, Metadata},
    io::Write,
    path::PathBuf,
};

/// Reads a file of at most `limit` bytes. A device or a pipe that has no end is read up to the limit only.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let cannot = |error: io::Error| Error::io("read", path, error);
    let too_large = |size: Option<u64>| Error::Limit {
        what: "MiB",
        limit: limit >> 20,
        got: size.map(|size| size.div_ceil(1 << 20)),
        place: path.display().to_string(),
        advice: "",
    };
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    if size > limit {
        return Err(too_large(Some(size)));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size as usize).map_err(|error| cannot(error.into()))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > limit { Err(too_large(None)) } else { Ok(bytes) }
}

/// Writes a file atomically: whoever opens the path finds the old content or the new one, never a part of it.
///
/// The bytes go to a new file in the same folder, which then takes the place of the old one and its mode. A symbolic link is
/// kept, and the file that it points to is replaced. A device or a pipe is written to as it is.
#[cfg(feature = "save")]
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Place::of(path).and_then(|place| place.write(bytes)).map_err(|error| Error::io("write", path, error))
}

/// Checks that a file can be written at `path`, before there is anything to write: nobody should wait for a training in vain.
/// Whatever is at the path stays as it is.
///
/// ```
/// let error = backprop::check_writable("no/such/folder/model.json").unwrap_err();
/// assert_eq!(error.to_string(), "cannot write no/such/folder/model.json");
/// ```
///
/// # Errors
/// [`Error::Io`] if the folder does not exist or is not writable, or if the path is a folder or too long.
#[cfg(feature = "save")]
pub fn check_writable(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    Place::of(path).and_then(|place| place.check()).map_err(|error| Error::io("write", path, error))
}

/// Where a file goes.
#[cfg(feature = "save")]
enum Place {
    /// Something other than a file, which cannot be replaced: a device, a pipe.
    Device(PathBuf),
    /// A file of this path, which is no symbolic link, in this folder; and what is there now.
    File { path: PathBuf, folder: PathBuf, old: Option<Metadata> },
}

/// As many symbolic links may follow one another, as on Linux.
#[cfg(feature = "save")]
const LINKS: usize = 40;

#[cfg(feature = "save")]
impl Place {
    fn of(path: &Path) -> io::Result<Place> {
        let old = match fs::metadata(path) {
            Ok(old) if old.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(old) if !old.is_file() => return Ok(Place::Device(path.into())),
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut path = path.to_path_buf();
        let mut links = 0;
        while fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            links += 1;
            if links > LINKS {
                return Err(io::Error::other("too many symbolic links"));
            }
            let target = fs::read_link(&path)?;
            path = path.parent().unwrap_or(Path::new("")).join(target);
        }
        path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).into();
        Ok(Place::File { path, folder, old })
    }

    fn check(&self) -> io::Result<()> {
        match self {
            Place::Device(path) => File::options().write(true).open(path).map(|_| ()),
            Place::File { folder, .. } => system::check(folder),
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Place::Device(path) => File::options().write(true).open(path)?.write_all(bytes),
            Place::File { path, folder, old } => system::replace(path, folder, old.as_ref(), bytes),
        }
    }
}

#[cfg(all(feature = "save", any(unix, windows)))]
mod system {
    use std::fs::{File, Metadata};
    use std::io::{self, Write};
    use std::path::Path;
    use tempfile::{Builder, NamedTempFile};

    /// Whether a new file can be made in the folder. It is gone at once.
    pub(crate) fn check(folder: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if unnamed(folder).is_some() {
            return Ok(());
        }
        named(folder).map(|_| ())
    }

    /// Makes a new file with these bytes, and puts it in the place of the old one.
    pub(crate) fn replace(path: &Path, folder: &Path, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(mut file) = unnamed(folder) {
            fill(&mut file, old, bytes)?;
            if link(&file, path, folder, old.is_none()).is_ok() {
                sweep(folder);
                return sync(folder);
            } // else without /proc, or on a file system that cannot do it: with a name, as elsewhere
        }
        let mut file = named(folder)?;
        fill(file.as_file_mut(), old, bytes)?;
        file.persist(path)?;
        sync(folder)
    }

    /// A file with a name that no other has, created exclusively; it is removed when it is dropped.
    fn named(folder: &Path) -> io::Result<NamedTempFile> {
        let builder = &mut builder(".backprop-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
        builder.tempfile_in(folder)
    }

    /// The name is short whatever that of the file is.
    fn builder(prefix: &'static str) -> Builder<'static, 'static> {
        let mut builder = Builder::new();
        builder.prefix(prefix).suffix(".tmp").rand_bytes(12);
        builder
    }

    /// Gives a new file owner and mode of the old one, before anybody can read what is written then.
    fn fill(file: &mut File, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(old) = old {
            use std::os::unix::fs::{MetadataExt, fchown};
            let new = file.metadata()?;
            if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                let _ = fchown(&*file, Some(old.uid()), Some(old.gid())); // which the system allows to few
            }
            file.set_permissions(old.permissions())?;
        }
        #[cfg(not(unix))]
        let _ = old;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Makes the new name outlast a loss of power, where folders can be synchronised.
    fn sync(folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }

    /// A file without a name: whenever this program is killed, nothing of it is left.
    #[cfg(target_os = "linux")]
    fn unnamed(folder: &Path) -> Option<File> {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::TMPFILE.bits() as i32;
        File::options().write(true).mode(0o666).custom_flags(flags).open(folder).ok()
    }

    /// How names begin that a file has from one system call to the next. Whoever has such a file holds a lock on it.
    #[cfg(target_os = "linux")]
    const FOR_A_MOMENT: &str = ".backprop-moment-";

    /// Gives a file without a name that of `path`: at once where there is no file yet, else by a name for a moment.
    #[cfg(target_os = "linux")]
    fn link(file: &File, path: &Path, folder: &Path, is_new: bool) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, FlockOperation, flock, linkat};
        use std::os::fd::AsRawFd;
        let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
        let link = |name: &Path| Ok(linkat(CWD, &unnamed[..], CWD, name, AtFlags::SYMLINK_FOLLOW)?);
        if is_new && link(path).is_ok() {
            return Ok(());
        }
        flock(file, FlockOperation::NonBlockingLockExclusive)?;
        builder(FOR_A_MOMENT).make_in(folder, link)?.persist(path)?;
        Ok(())
    }

    /// Removes files whose program was killed in that moment: nobody holds a lock on them.
    #[cfg(target_os = "linux")]
    fn sweep(folder: &Path) {
        use rustix::fs::{FlockOperation, OFlags, flock};
        use std::os::unix::fs::OpenOptionsExt;
        let is_ours = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(FOR_A_MOMENT.as_bytes());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| is_ours(&entry.file_name())) {
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
            let file = File::options().read(true).custom_flags(flags).open(entry.path());
            if file.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
                let _ = std::fs::remove_file(entry.path()); // another may have done it
            }
        }
    }
}

/// Where there are no files, as in a browser: the system says so.
#[cfg(all(feature = "save", not(any(unix, windows))))]
mod system {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    pub(crate) fn check(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn replace(path: &Path, _: &Path, _: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
        std::fs::write(path, bytes)
    }
}
