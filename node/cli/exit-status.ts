/** Exit statuses, as sysexits.h has them: operators and supervisors tell a mistake from a fault. */
export const exitStatus = {
  good: 0,
  no: 1,
  unproven: 2,
  usage: 64,
  unavailable: 69,
  software: 70,
  damaged: 74,
  configuration: 78,
} as const

/** What each status tells, for the reference. */
export const exitStatusWords: Readonly<Record<keyof typeof exitStatus, string>> = {
  good: 'what was asked for was done, or is so',
  no: 'what was asked for is not so: broken, not healthy, not intact, refused, not found; or stopped at once by a second signal',
  unproven:
    'nothing speaks against it, and yet it is not established: not covered, not whole, not known, for somebody’s attention',
  usage: 'the command line, or a file that it names, is not what the command takes',
  unavailable: 'something that it takes does not answer: the node, the store, a directory in use',
  software: 'a fault in bronnet itself; what it printed is what to report',
  damaged: 'the store was changed from outside or has lost what was written',
  configuration: 'the configuration, a pack or the key store cannot be used as it is',
}
