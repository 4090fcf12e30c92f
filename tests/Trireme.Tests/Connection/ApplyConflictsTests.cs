using System.Net;
using Trireme.Connection;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Tests.Connection;

public sealed class ApplyConflictsTests
{
    private const string Undo = "conflict with \"trireme-rollout-undo\" using trireme.dev/v1alpha1";
    private const string Restart = "conflict with \"trireme-cli\" using trireme.dev/v1alpha1";
    private const string Scale = "conflict with \"kubectl\" with subresource \"scale\" using trireme.dev/v1alpha1";

    [Fact]
    public void Orders_of_this_platform_alone_are_taken_over()
    {
        ApplyConflicts conflicts = ApplyConflicts.Of(Refusal((".spec.release", Undo), (".spec.restartedAt", Restart)))!;
        Assert.Empty(conflicts.Foreign);
        Assert.Equal(["spec.release"], conflicts.Undone);
    }

    [Fact]
    public void A_foreign_field_is_reported_without_the_orders()
    {
        ApplyConflicts conflicts = ApplyConflicts.Of(Refusal((".spec.release", Undo), (".spec.replicas", Scale)))!;
        Assert.Equal(
            ["spec.replicas is owned by \"kubectl\" with subresource \"scale\" using trireme.dev/v1alpha1"], conflicts.Foreign);
        string words = conflicts.Explain();
        Assert.DoesNotContain("undo", words, StringComparison.Ordinal);
        Assert.Contains("leave the field out of the manifest", words, StringComparison.Ordinal);
        Assert.Contains("--force-conflicts", words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_whose_name_only_begins_like_one_of_ours_is_foreign() => Assert.Single(
        ApplyConflicts.Of(Refusal((".spec.release", "conflict with \"trireme-cli-2\" using trireme.dev/v1alpha1")))!.Foreign);

    [Fact]
    public void Another_conflict_is_none_over_fields() => Assert.Null(ApplyConflicts.Of(Refusal()));

    private static ApiException Refusal(params (string Field, string Message)[] causes) => new(
        HttpMethod.Patch,
        new Uri("/x", UriKind.Relative),
        HttpStatusCode.Conflict,
        new Status
        {
            Reason = "Conflict",
            Details = new StatusDetails
            {
                Causes =
                [
                    .. causes.Select(static cause =>
                        new StatusCause { Reason = "FieldManagerConflict", Field = cause.Field, Message = cause.Message }),
                ],
            },
        });
}
