//! Settings of the C library's allocator.

/// Gives freed memory back to the system once 128 KiB lie together, and takes blocks of up to 32 MiB from where they can.
///
/// Otherwise glibc keeps up to 64 MiB of freed memory: it takes large blocks that were freed once for a sign that others will be
/// needed soon. An import in batches peaked at 84 MB then, and at 62 MB with this, and was no slower. Elsewhere than in glibc this
/// does nothing.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: this changes numbers in the allocator, and nothing depends on their old values.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 128 * 1024);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 * 1024 * 1024);
    }
}
