namespace Trireme.ApiServer.Tests.Pods;

/// <summary>What the operator writes of a replica in each phase of its life.</summary>
internal static class Statuses
{
    private const string Ended =
        """
        "lastTermination":{"reason":"Crashed","message":"it ended with exit code 3","exitCode":3,
          "startedAt":"2026-01-02T03:00:00Z","finishedAt":"2026-01-02T03:04:05Z"}
        """;

    public const string Waiting = """{"runtime":"process","phase":"Pending","restarts":0}""";

    public const string NotUsable =
        """
        {"runtime":"process","phase":"Pending","restarts":0,
         "conditions":[{"type":"Ready","status":"False","reason":"ReleaseNotUsable","message":"its files are gone"}]}
        """;

    public const string Starting =
        """
        {"runtime":"process","phase":"Starting","restarts":0,"startedAt":"2026-01-02T03:00:00Z","process":{"pid":77,"startTicks":1},
         "conditions":[{"type":"Ready","status":"False","reason":"Loading","message":"The engine loads the model."}]}
        """;

    public const string Ready =
        """
        {"runtime":"process","phase":"Ready","restarts":0,"startedAt":"2026-01-02T03:00:00Z","process":{"pid":77,"startTicks":1},
         "endpoint":"http://127.0.0.1:4711",
         "conditions":[{"type":"Ready","status":"True","reason":"Answering","lastTransitionTime":"2026-01-02T03:00:09Z"}]}
        """;

    public const string BackingOff =
        $$"""
        {"runtime":"process","phase":"BackingOff","restarts":3,{{Ended}},
         "conditions":[{"type":"Ready","status":"False","reason":"BackingOff","message":"The engine ended."}]}
        """;

    public const string Again =
        $$"""
        {"runtime":"process","phase":"Ready","restarts":4,"startedAt":"2026-01-02T03:05:00Z","process":{"pid":78,"startTicks":2},
         {{Ended}},"conditions":[{"type":"Ready","status":"True","reason":"Answering"}]}
        """;

    public const string Failed =
        $$"""
        {"runtime":"process","phase":"Failed","restarts":0,{{Ended}},
         "conditions":[{"type":"Ready","status":"False","reason":"CannotServe","message":"It does not fit."}]}
        """;
}
