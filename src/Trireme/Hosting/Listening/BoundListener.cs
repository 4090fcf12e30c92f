using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Trireme.Contracts.Serialization;
using Trireme.Listening;
using Trireme.Settings;

namespace Trireme.Hosting.Listening;

/// <summary>
/// A socket that listens already, to be taken over by the web server of its part. Its port is known before that server exists, so
/// that others can be told of it, and nobody can take it in between. Clients that connect early wait until the server accepts.
/// </summary>
internal sealed class BoundListener : IDisposable
{
    /// <summary>Connections the system holds until they are accepted; Kestrel's own number.</summary>
    private const int Backlog = 512;

    /// <summary>
    /// Who takes less of an answer that waits for him is cut off, and what was held for him is free: a mebibyte in a minute and a quarter.
    /// By Kestrel's own rate, 240 bytes a second, it would be held for more than an hour.
    /// </summary>
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 16 << 10, gracePeriod: TimeSpan.FromSeconds(10));

    private readonly ListenerDeclaration _declaration;
    private readonly TlsCertificate? _certificate;
    private readonly Socket _socket;
    private readonly ConnectionGate _gate;

    private BoundListener(ListenerDeclaration declaration, Socket socket, TlsCertificate? certificate)
    {
        _declaration = declaration;
        _socket = socket;
        _certificate = certificate;
        ListenerLimits limits = declaration.Limits;
        Func<int> capacity = declaration.Capacity ?? (() => limits.MaxConnections);
        _gate = new ConnectionGate(
            declaration.Part, capacity, limits.MaxConnectionsPerPeer, declaration.Metrics, TimeProvider.System, declaration.Descriptors);
    }

    private IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Where clients on this machine reach it, without a slash at the end.</summary>
    public string BaseUrl
    {
        get
        {
            // An address that means "every interface" is none that a client can use.
            bool everywhere = Local.Address.Equals(IPAddress.Any) || Local.Address.Equals(IPAddress.IPv6Any);
            var reached = new IPEndPoint(everywhere ? IPAddress.Loopback : Local.Address, Local.Port);
            return $"{(_certificate is null ? "http" : "https")}://{reached}";
        }
    }

    /// <exception cref="CommandException">The address cannot be listened on, or the certificate cannot be used.</exception>
    public static BoundListener Bind(ListenerDeclaration declaration)
    {
        TlsCertificate? certificate = declaration.Tls.Enabled ? TlsCertificate.Load(declaration.Tls) : null;
        var address = new IPEndPoint(
            declaration.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(declaration.Host), declaration.Port);
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(address);

            // A socket that is only bound does not keep another program from the port.
            socket.Listen(Backlog);
            return new BoundListener(declaration, socket, certificate);
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            throw Refused(declaration, address, exception);
        }
    }

    /// <summary>Makes an application's web server listen here, with the limits and the certificate of this listener.</summary>
    public void ServeOn(IWebHostBuilder host)
    {
        AttachTo(host);
        host.ConfigureKestrel(kestrel => kestrel.Listen(Local, UseTls));
        if (_certificate is not null) host.UseKestrelHttpsConfiguration();
    }

    /// <summary>Gives socket and limits to a web server that declares its one endpoint itself.</summary>
    public void AttachTo(IWebHostBuilder host)
    {
        host.UseConnectionGate(_gate);
        host.ConfigureServices(services =>
        {
            services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = _ => _socket);
            services.AddSingleton<IStartupFilter>(new CallerGate(_declaration));
        });
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Limit(kestrel.Limits, _declaration.Limits);
        });
    }

    public void Dispose() => _socket.Dispose();

    private void UseTls(ListenOptions options)
    {
        if (_certificate is null) return;
        ILogger<TlsCertificate> logger = options.ApplicationServices.GetRequiredService<ILogger<TlsCertificate>>();
        options.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _certificate.Current(TimeProvider.System, logger),
            }),
        });
    }

    private static void Limit(KestrelServerLimits server, ListenerLimits limits)
    {
        server.MinResponseDataRate = SlowestReader;
        // The gate counts connections; upgraded ones are a share of them.
        server.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        server.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        server.MaxRequestBodySize = limits.MaxBodyBytes;
        server.RequestHeadersTimeout = limits.HeaderTimeout;
        server.KeepAliveTimeout = limits.KeepAliveTimeout;
    }

    private static CommandException Refused(ListenerDeclaration declaration, IPEndPoint address, SocketException exception)
    {
        string advice = exception.SocketErrorCode == SocketError.AddressNotAvailable
            ? "choose an address of this machine with --host"
            : $"choose another port with {declaration.PortOption}";
        return new CommandException(
            $"the {declaration.Part} cannot listen on {address}: {Clause.Of(exception)}; {advice}", ExitCode.Failure, exception);
    }
}
