using Trireme.Gateway;
using Trireme.Hosting.Responses;
using Trireme.Hosting.Usage;
using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class GatewaySection
{
    private static readonly WholeNumberType Attempts = new(1, 10, "3");
    private static readonly SizeType BodyMemory = new(1 << 20, 1L << 40);
    private static readonly DurationType Ages = new(TimeSpan.FromHours(1), TimeSpan.FromDays(3650));

    /// <summary>A budget of a month needs its days.</summary>
    private static readonly DurationType SumAges = new(TimeSpan.FromDays(32), TimeSpan.FromDays(3650));
    private static readonly SizeType Spool = new(UsageSpool.ChunkBytes, 1L << 36);
    private static readonly SizeType Kept = new(0, 1L << 44);
    private static readonly FractionType Share = new(0, 1, "0.2");

    public static IEnumerable<Setting> Settings()
    {
        var gateway = new SettingsSection<GatewaySettings>(
            "gateway", settings => settings.Gateway, (settings, value) => settings with { Gateway = value });
        var limits = new SettingsSection<GatewayOptions>(
            "gateway",
            settings => settings.Gateway.Limits,
            (settings, value) => settings with { Gateway = settings.Gateway with { Limits = value } });
        return
        [
            .. Address(gateway),
            .. ListenerSection.Settings(
                gateway.Section("listener", value => value.Listener, (value, listener) => value with { Listener = listener })),
            .. Limits(limits),
            .. Responses(gateway.Section("responses", value => value.Responses, (value, kept) => value with { Responses = kept })),
            .. Usage(gateway.Section("usage", value => value.Usage, (value, usage) => value with { Usage = usage })),
        ];
    }

    private static IEnumerable<Setting> Address(SettingsSection<GatewaySettings> gateway)
    {
        yield return gateway.Key(
            "host", new AddressType(), settings => settings.Host, (settings, value) => settings with { Host = value },
            "Address to listen on; 0.0.0.0 opens the gateway to other machines. API and dashboard stay on this one.", option: "--host");
        yield return gateway.Key(
            "port", CommonTypes.Port, settings => settings.Port, (settings, value) => settings with { Port = value },
            "Port of the gateway; 0 takes a free one.", option: "--port");
        yield return gateway.Key(
            "allowedHosts", new HostListType(), settings => settings.AllowedHosts,
            (settings, value) => settings with { AllowedHosts = value },
            "Names that the gateway answers to beside its addresses, such as the one of a proxy before it.");
        SettingsSection<TlsSettings> tls =
            gateway.Section("tls", settings => settings.Tls, (settings, value) => settings with { Tls = value });
        yield return tls.Key(
            "certificateFile", CommonTypes.File, settings => settings.CertificateFile,
            (settings, value) => settings with { CertificateFile = value },
            "PEM file with the certificate and, behind it, those that lead to its authority. It is read again when it changes.",
            unset: "plain HTTP");
        yield return tls.Key(
            "keyFile", CommonTypes.File, settings => settings.KeyFile, (settings, value) => settings with { KeyFile = value },
            "PEM file with the certificate's private key, without a password.", unset: "plain HTTP");
    }

    private static IEnumerable<Setting> Responses(SettingsSection<ResponseStoreOptions> responses)
    {
        yield return responses.Key(
            "maxBytes", Kept, options => options.MaxBytes, (options, value) => options with { MaxBytes = value },
            "Bytes of the responses that are kept for previous_response_id, over all API keys; 0 keeps none. The oldest of the key that "
            + "holds the most goes first.");
        yield return responses.Key(
            "maxAge", CommonTypes.Retention, options => options.MaxAge, (options, value) => options with { MaxAge = value },
            "How long a response is kept.");
    }

    private static IEnumerable<Setting> Usage(SettingsSection<UsageLedgerOptions> usage)
    {
        yield return usage.Key(
            "enabled", CommonTypes.Switch, options => options.Enabled, (options, value) => options with { Enabled = value },
            "Whether what requests use is entered in the usage ledger; without it, budgets begin anew with each start.");
        yield return usage.Key(
            "postgres", new PostgresType(), options => options.Postgres, (options, value) => options with { Postgres = value },
            "PostgreSQL database that takes the ledger's entries, in a schema trireme_usage, instead of usage.db in the data folder.",
            unset: "usage.db");
        yield return usage.Key(
            "maxAge", SumAges, options => options.MaxAge, (options, value) => options with { MaxAge = value },
            "How long the sums of each hour are kept.");
        yield return usage.Key(
            "maxRequestAge", Ages, options => options.MaxRequestAge, (options, value) => options with { MaxRequestAge = value },
            "How long single requests are kept.");
        yield return usage.Key(
            "maxBytes", CommonTypes.Storage, options => options.MaxBytes, (options, value) => options with { MaxBytes = value },
            "Bytes of the ledger's file beyond which the oldest single requests go; their sums stay.");
        yield return usage.Key(
            "maxSpoolBytes", Spool, options => options.MaxSpoolBytes, (options, value) => options with { MaxSpoolBytes = value },
            "Bytes of entries that wait for that file, of one gateway, at 1Ki a request; what has no room is counted, and the requests go "
            + "on.");
    }

    private static IEnumerable<Setting> Limits(SettingsSection<GatewayOptions> limits)
    {
        yield return limits.Key(
            "allowedOrigins", new OriginListType(), options => options.AllowedOrigins,
            (options, value) => options with { AllowedOrigins = value },
            "Web pages whose scripts a browser lets call the gateway, by their origins; they still need a key.");
        yield return limits.Key(
            "maxRequestBytes", CommonTypes.Buffer, options => options.MaxRequestBytes,
            (options, value) => options with { MaxRequestBytes = (int)value },
            "Largest request body; a larger one is refused with 413. Each open request holds its body in memory for retries.");
        yield return limits.Key(
            "maxBufferedBytes", BodyMemory, options => options.MaxBufferedBytes,
            (options, value) => options with { MaxBufferedBytes = value },
            "Bytes of all request bodies held at a time, of which one tenant's requests get at most half; what does not fit is refused "
            + "with 503.");
        yield return limits.Key(
            "maxHeldResponseBytes", CommonTypes.Buffer, options => options.MaxHeldResponseBytes,
            (options, value) => options with { MaxHeldResponseBytes = (int)value },
            "Bytes of an unstreamed answer held back until it is complete, so that a replica that dies meanwhile is replaced unseen. "
            + "Also the longest event of a stream.");
        yield return limits.Key(
            "connectTimeout", CommonTypes.Wait, options => options.ConnectTimeout,
            (options, value) => options with { ConnectTimeout = value },
            "Longest wait for a connection to a replica.");
        yield return limits.Key(
            "responseTimeout", CommonTypes.Wait, options => options.ResponseTimeout,
            (options, value) => options with { ResponseTimeout = value },
            "Longest silence of a replica, before its answer and within it.");
        yield return limits.Key(
            "maxAttempts", Attempts, options => options.MaxAttempts,
            (options, value) => options with { MaxAttempts = value },
            "Replicas one request may be sent to, the first included.");
        yield return limits.Key(
            "retryBudgetRatio", Share, options => options.RetryBudgetRatio,
            (options, value) => options with { RetryBudgetRatio = value },
            "Retries as a share of a service's requests.");
        yield return limits.Key(
            "retryBudgetReserve", CommonTypes.Count, options => options.RetryBudgetReserve,
            (options, value) => options with { RetryBudgetReserve = value },
            "Retries a service may spend before it has earned any, and the most it can save up.");
        yield return limits.Key(
            "ejectionTime", CommonTypes.Wait, options => options.EjectionTime,
            (options, value) => options with { EjectionTime = value },
            "How long a replica that refuses connections is put aside.");
        yield return limits.Key(
            "readyWait", CommonTypes.Wait, options => options.ReadyWait,
            (options, value) => options with { ReadyWait = value },
            "How long a request waits for a replica when its service has none.");
        yield return limits.Key(
            "maxWaitingRequests", CommonTypes.Count, options => options.MaxWaitingRequests,
            (options, value) => options with { MaxWaitingRequests = value },
            "Requests that may wait at the same time; more are refused with 503 at once.");
        yield return limits.Key(
            "maxIncomingBodies", CommonTypes.Count, options => options.MaxIncomingBodies,
            (options, value) => options with { MaxIncomingBodies = value },
            "Requests of one key whose bodies may be on their way at a time; more are refused with 503.");
        yield return limits.Key(
            "retryAfter", CommonTypes.Wait, options => options.RetryAfter,
            (options, value) => options with { RetryAfter = value },
            "Sent as Retry-After with 503, in whole seconds.");
    }
}
