using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class ReplicaWordsTests
{
    [Fact]
    public void More_replicas_than_wanted_during_a_rollout_are_explained()
    {
        ModelService service = Samples.Service(replicas: 2, status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing), ready: 3));
        Assert.Equal("1 more during the rollout", ReplicaWords.NoteOf(service));
        Assert.Equal(
            "3 of 2 are ready: 1 replica more than wanted, because tiny-v2 runs beside tiny-v1 until the rollout ends.",
            ReplicaWords.SentenceOf(service));
    }

    [Fact]
    public void More_replicas_than_wanted_otherwise_drain()
    {
        ModelService service = Samples.Service(replicas: 1, status: Samples.Status(ready: 3));
        Assert.Equal("2 more until it has drained", ReplicaWords.NoteOf(service));
        Assert.Contains("2 replicas more than wanted, until open requests have ended", ReplicaWords.SentenceOf(service));
    }

    [Fact]
    public void Replicas_that_are_missing_are_counted_and_all_there_need_no_words()
    {
        Assert.Equal("1 not ready yet", ReplicaWords.NoteOf(Samples.Service(replicas: 3, status: Samples.Status(ready: 2))));
        ModelService whole = Samples.Service(replicas: 2, status: Samples.Status(ready: 2));
        Assert.Equal((null, null), (ReplicaWords.NoteOf(whole), ReplicaWords.SentenceOf(whole)));
    }

    [Fact]
    public void A_person_can_choose_the_releases_a_service_has_had_but_the_one_that_serves()
    {
        ModelServiceStatus status = Samples.Status() with
        {
            StableRelease = Ref("v3"),
            PreviousRelease = Ref("v2"),
            History = [Record("v1", "v2"), Record("v2", "v4"), Record("v2", "v3")],
        };
        Assert.Equal(["v2", "v4", "v1"], ReleaseChoices.Of(Samples.Service(status: status)));

        static RolloutRecord Record(string from, string to) =>
            new() { Revision = 1, From = Ref(from), To = Ref(to), Outcome = RolloutPhase.Promoted, Evidence = "" };

        static ReleaseRef Ref(string name) => new() { Name = name, ContentHash = "sha256:" + name };
    }
}
