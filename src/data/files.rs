//! Reading files up to a limit, and writing them atomically.
//!
//! `docs/files.md` states what is guaranteed.

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

/// Reads a file of at most `limit` bytes. An endless device or pipe is read only up to the limit.
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

/// Writes a file atomically: a program that opens the path finds the complete old content or the complete new content.
///
/// The bytes are written to a new file in the same folder, which gets the mode of the old file and then replaces it. A
/// symbolic link is kept, and the file that it points to is replaced. A device or a pipe is written to directly.
#[cfg(feature = "save")]
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    Place::of(path).and_then(|place| place.write(bytes)).map_err(|error| Error::io("write", path, error))
}

/// Checks that a file can be written at `path`, before a long computation of its content. An existing file is not
/// changed.
///
/// # Examples
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

/// The destination of a file.
#[cfg(feature = "save")]
enum Place {
    /// A device or a pipe, which cannot be replaced.
    Device(PathBuf),
    /// A file with this path (not a symbolic link), its folder, and the metadata of the existing file.
    File { path: PathBuf, folder: PathBuf, old: Option<Metadata> },
}

/// The maximal number of symbolic links in a chain, that of Linux.
#[cfg(feature = "save")]
const MAX_LINKS: usize = 40;

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
            if links > MAX_LINKS {
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

    /// Checks that a file can be created in the folder. The file is removed at once.
    pub(crate) fn check(folder: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if unnamed(folder).is_some() {
            return Ok(());
        }
        named(folder).map(|_| ())
    }

    /// Creates a new file with these bytes, and replaces the old file by it.
    pub(crate) fn replace(path: &Path, folder: &Path, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(mut file) = unnamed(folder) {
            fill(&mut file, old, bytes)?;
            if link(&file, path, folder, old.is_none()).is_ok() {
                remove_abandoned(folder);
                return sync(folder);
            } // without /proc, or on a file system without this feature, the file needs a name from the start
        }
        let mut file = named(folder)?;
        fill(file.as_file_mut(), old, bytes)?;
        file.persist(path)?;
        sync(folder)
    }

    /// Creates a file with a unique name; it is removed when it is dropped.
    fn named(folder: &Path) -> io::Result<NamedTempFile> {
        let builder = &mut builder(".backprop-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // minus the umask
        builder.tempfile_in(folder)
    }

    /// Returns a builder of names, which are short however long the name of the file is.
    fn builder(prefix: &'static str) -> Builder<'static, 'static> {
        let mut builder = Builder::new();
        builder.prefix(prefix).suffix(".tmp").rand_bytes(12);
        builder
    }

    /// Sets the owner and the mode of the old file, and then writes the bytes, so that nobody without permission can
    /// read them.
    fn fill(file: &mut File, old: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(old) = old {
            use std::os::unix::fs::{MetadataExt, fchown};
            let new = file.metadata()?;
            if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                let _ = fchown(&*file, Some(old.uid()), Some(old.gid())); // allowed for privileged users only
            }
            file.set_permissions(old.permissions())?;
        }
        #[cfg(not(unix))]
        let _ = old;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Synchronizes the folder, where the system can, so that the new name survives a power failure.
    fn sync(folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }

    /// Creates a file without a name, which leaves nothing behind if the program is killed.
    #[cfg(target_os = "linux")]
    fn unnamed(folder: &Path) -> Option<File> {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::TMPFILE.bits() as i32;
        File::options().write(true).mode(0o666).custom_flags(flags).open(folder).ok()
    }

    /// The prefix of the names that files have from one system call to the next. The program that writes such a file
    /// holds a lock on it.
    #[cfg(target_os = "linux")]
    const TEMPORARY_PREFIX: &str = ".backprop-moment-";

    /// Names a file without a name `path`: directly if there is no file yet, and otherwise by a temporary name.
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
        builder(TEMPORARY_PREFIX).make_in(folder, link)?.persist(path)?;
        Ok(())
    }

    /// Removes temporary files whose program was killed: those that are not locked.
    #[cfg(target_os = "linux")]
    fn remove_abandoned(folder: &Path) {
        use rustix::fs::{FlockOperation, OFlags, flock};
        use std::os::unix::fs::OpenOptionsExt;
        let is_ours = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| is_ours(&entry.file_name())) {
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
            let file = File::options().read(true).custom_flags(flags).open(entry.path());
            if file.is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()) {
                let _ = std::fs::remove_file(entry.path()); // another program may have removed it
            }
        }
    }
}

/// Systems without these operations, such as browsers: the standard library reports what is not supported.
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
