import { z } from 'zod'

const text = z.string().min(1).max(512).regex(/\S/)

/** The subject of a NutsEmployeeCredential: who acts for the holder. Further texts are schema.org properties. */
export const nutsEmployeeSubjectSchema = z
  .object({
    id: z.string().regex(/^did:/),
    identifier: text,
    name: text,
    roleName: text.optional(),
  })
  .catchall(z.string().max(512))

/** The subject of a HealthCareProfessionalDelegationCredential: in whose name, and in which role, the holder acts. */
export const professionalDelegationSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  registeredBy: text,
  roleCode: text,
})

/** The subject of a PatientEnrollmentCredential: a person who is registered with a zorgaanbieder, as `system|value`. */
export const patientEnrollmentSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  patientId: z.string().regex(/^https?:\/\/[^\s|]{1,200}\|[^\s|]{1,64}$/),
  registeredBy: text,
})
