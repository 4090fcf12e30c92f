using Trireme.Testing;

namespace Trireme.Telemetry.Tests.PromQL.Conformance;

public sealed class PrometheusScriptTests(ITestOutputHelper output)
{
    /// <summary>Evaluations in the scripts of Prometheus 2.42. The count never drops; each one that fails is printed.</summary>
    private const int PassedEvaluations = 566;

    [Fact]
    public async Task Prometheus_own_test_scripts_pass()
    {
        string? folder = Fixtures.Find("promql");
        if (folder is null) Assert.Skip("The conformance scripts of Prometheus are not on this machine.");
        using var runner = new ScriptRunner();
        foreach (string script in Directory.GetFiles(folder, "*.test").Order(StringComparer.Ordinal))
        {
            await runner.RunAsync(script, TestContext.Current.CancellationToken);
        }

        foreach (string failure in runner.Failures) output.WriteLine(failure);
        Assert.True(runner.Passed >= PassedEvaluations, $"{runner.Passed} pass.\n{string.Join('\n', runner.Failures)}");
    }
}
