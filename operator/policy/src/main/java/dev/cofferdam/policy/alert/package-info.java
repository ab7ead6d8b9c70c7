/** The conditions of alerts: what they may speak of, how they are read, and whether they hold. Pure: what is counted, and when, comes from who asks. */
package dev.cofferdam.policy.alert;
