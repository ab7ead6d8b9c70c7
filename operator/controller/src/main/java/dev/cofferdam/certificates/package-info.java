/**
 * The certificate command: makes and renews what the gateway needs to be known by its supervisors.
 *
 * <p>It is a second command of the controller's image, with an account of its own that may read and write one Secret and one ConfigMap, and it runs as a Job at
 * install and daily after that. What must never break: the bundle of authorities is published <em>before</em> a certificate is used that needs it, key material
 * is never logged, and a run that finds nothing due writes nothing.
 */
package dev.cofferdam.certificates;
