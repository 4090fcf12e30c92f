namespace Trireme.Settings;

/// <summary>What must hold between settings that are each allowed by themselves.</summary>
internal static class SettingsRules
{
    /// <summary>Each broken rule with the keys it is about and what to do.</summary>
    public static IEnumerable<string> Check(PlatformSettings settings)
    {
        TlsSettings tls = settings.Gateway.Tls;
        if (tls.CertificateFile is null != tls.KeyFile is null)
        {
            string missing = tls.KeyFile is null ? "keyFile" : "certificateFile";
            yield return $"gateway.tls.{missing} is missing; set it, or leave both files of gateway.tls out for plain HTTP";
        }

        (string Key, int Port)[] ports =
        [
            ("gateway.port", settings.Gateway.Port),
            ("apiServer.port", settings.ApiServer.Port),
            ("dashboard.port", settings.Dashboard.PortBeside(settings.Gateway.Port)),
        ];
        for (int i = 0; i < ports.Length; i++)
        {
            if (ports[i].Port > 65535)
            {
                yield return $"dashboard.port would be {ports[i].Port}, the gateway's plus one; set it";
            }

            for (int j = i + 1; j < ports.Length; j++)
            {
                if (ports[i].Port == 0 || ports[i].Port != ports[j].Port) continue;
                yield return
                    $"{ports[i].Key} and {ports[j].Key} are both {ports[i].Port}; give each a port of its own, or 0 for a free one";
            }
        }

        var restart = settings.Operator.Replicas.Restart;
        if (restart.First > restart.Longest)
        {
            yield return "operator.replicas.restart.first is longer than operator.replicas.restart.longest; make it shorter";
        }
    }
}
