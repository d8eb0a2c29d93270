/** Exit statuses, as sysexits.h has them: operators and supervisors tell a mistake from a fault. */
export const exitStatus = {
  good: 0,
  /** What was asked for is not so: not healthy, not intact, refused. */
  no: 1,
  /** Nothing speaks against it, and yet it is not established: not covered, not whole. */
  unproven: 2,
  usage: 64,
  unavailable: 69,
  software: 70,
  damaged: 74,
  configuration: 78,
} as const
