using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Support;

/// <summary>How an ingress ends what has lasted too long.</summary>
public enum Cut
{
    /// <summary>RST_STREAM to both sides.</summary>
    Stream,

    /// <summary>The response ends with status UNKNOWN, "stream timeout", and the request is reset.</summary>
    Status,

    /// <summary>GOAWAY, and then RST_STREAM.</summary>
    GoAway,

    /// <summary>The client's connection is reset.</summary>
    Connection,
}

/// <summary>
/// An ingress as container platforms have it: it ends HTTP/2 and begins it again towards one server, so that pings end here too, and cuts
/// active work when told.
/// </summary>
public sealed class CuttingIngress : IAsyncDisposable
{
    private readonly HttpMessageInvoker _server = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
    });
    private readonly ConcurrentDictionary<ConnectionContext, bool> _connections = new();
    private readonly ConcurrentDictionary<Exchange, bool> _exchanges = new();
    private readonly ConcurrentQueue<string> _paths = new();
    private readonly Uri _target;
    private readonly WebApplication _app;

    private CuttingIngress(Uri target)
    {
        _target = target;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => async connection =>
                {
                    _connections.TryAdd(connection, true);
                    await next(connection);
                    _connections.TryRemove(connection, out _);
                });
            });
        });
        _app = builder.Build();
        _app.Run(Forward);
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Paths asked for so far.</summary>
    public IReadOnlyList<string> Paths => [.. _paths];

    public static async Task<CuttingIngress> Start(Uri target)
    {
        var ingress = new CuttingIngress(target);
        await ingress._app.StartAsync(TestContext.Current.CancellationToken);
        return ingress;
    }

    /// <summary>Ends everything that is in progress.</summary>
    public void End(Cut cut)
    {
        foreach (var connection in _connections.Keys)
        {
            if (cut == Cut.Connection) connection.Abort(new ConnectionAbortedException("cut"));
            if (cut == Cut.GoAway) connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        if (cut == Cut.Connection) return;
        foreach (var exchange in _exchanges.Keys) exchange.End(cut == Cut.Status);
    }

    public async ValueTask DisposeAsync()
    {
        End(Cut.Connection);
        await _app.DisposeAsync();
        _server.Dispose();
    }

    private async Task Forward(HttpContext context)
    {
        _paths.Enqueue(context.Request.Path);
        using var exchange = new Exchange(context.RequestAborted);
        _exchanges.TryAdd(exchange, true);
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method),
                new Uri(_target, context.Request.Path + context.Request.QueryString))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new Passing(context.Request.Body, exchange.Over),
            };
            foreach (var (name, values) in context.Request.Headers)
            {
                if (name.StartsWith(':')) continue;
                if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                    request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }

            using var response = await _server.SendAsync(request, exchange.Over);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
                context.Response.Headers[name] = values.ToArray();
            await context.Response.StartAsync(exchange.Over);
            await Pass(await response.Content.ReadAsStreamAsync(exchange.Over), context.Response.Body, exchange.Over);
            foreach (var (name, values) in response.TrailingHeaders) context.Response.AppendTrailer(name, values.ToArray());
        }
        catch (Exception over) when (over is OperationCanceledException or HttpRequestException or IOException)
        {
            if (!exchange.EndsWithStatus || context.RequestAborted.IsCancellationRequested)
            {
                context.Abort();
                return;
            }

            context.Response.ContentType ??= "application/grpc";
            context.Response.AppendTrailer("grpc-status", "2");
            context.Response.AppendTrailer("grpc-message", "stream timeout");
        }
        finally
        {
            _exchanges.TryRemove(exchange, out _);
        }
    }

    private static async Task Pass(Stream from, Stream to, CancellationToken over)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, over) is var read and > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), over);
            await to.FlushAsync(over);
        }
    }

    private sealed class Passing(Stream body, CancellationToken over) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync(over);
            await Pass(body, stream, over);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Exchange(CancellationToken client) : IDisposable
    {
        private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(client);

        public CancellationToken Over => _over.Token;

        public bool EndsWithStatus { get; private set; }

        public void End(bool withStatus)
        {
            EndsWithStatus = withStatus;
            try
            {
                _over.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself meanwhile.
            }
        }

        public void Dispose() => _over.Dispose();
    }
}
