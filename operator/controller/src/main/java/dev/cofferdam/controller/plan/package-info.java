/** What is to be made for a run, as values: its pod and its committer's, its namespace's NetworkPolicy, the Lease of its idempotency key. Pure. */
package dev.cofferdam.controller.plan;
