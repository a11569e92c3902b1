/**
 * The kernel command line of a machine that is booted without a boot menu.
 * Values follow RancherOS: a list is `[a,"b c"]`, and quotes protect blanks. The quotes are double ones because the kernel,
 * which splits the same line for itself, knows no others.
 * @param authorizedKey one line in the format of sshd's authorized_keys, if the machine is not told it otherwise
 * @param more words of the caller, which come last, so that they win
 */
export function kernelWords(authorizedKey: string | null, more = ''): string {
  return [
    'console=ttyS0',
    'loglevel=5', // warnings and worse: the kernel's chatter is left in dmesg
    'printk.devkmsg=on',
    'panic=10',
    // As in the boot menu.
    'percpu_alloc=page',
    'initcall_blacklist=slab_late_init',
    'rancher.autologin=ttyS0',
    'rancher.system_docker.host=[unix:///var/run/system-docker.sock,tcp://0.0.0.0:2375]',
    ...(authorizedKey === null ? [] : [`cc.ssh_authorized_keys=["${authorizedKey}"]`]),
    more,
  ]
    .join(' ')
    .trim();
}

/** Words by which a machine keeps what is written on its disk, which it formats if it is blank. */
export const stateWords =
  'rancher.state.dev=LABEL=RANCHER_STATE rancher.state.wait rancher.state.autoformat=[/dev/vda]';
