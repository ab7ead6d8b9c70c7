/**
 * The API of Cofferdam, version {@code cofferdam.dev/v1alpha1}: records that the custom resource definitions are generated from.
 *
 * <p>Absent, null and empty mean the same everywhere: nothing asked, nothing granted. So every list is non-null here, and empty values are not written.
 */
package dev.cofferdam.api.v1alpha1;
