using Mesh.Bench.Running;

namespace Mesh.Bench.Gateway;

/// <summary>The proxies beside ours, each with one route that strips <c>/tiny</c>, kept-alive upstream connections and no access log.</summary>
internal sealed class Peers : IAsyncDisposable
{
    private readonly List<Child> _children = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-bench-peers-").FullName;

    /// <summary>Starts the upstream of all; gives its URL without a slash at the end.</summary>
    public async Task<string> UpstreamAsync(CancellationToken cancellationToken)
    {
        var port = Machine.FreePort();
        var child = Machine.Find("nginx") is { } nginx
            ? Nginx(nginx, "upstream", $"keepalive_requests 1000000; server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 200 'ok'; }} }}")
            : Child.Start(Environment.ProcessPath!, ["tiny-backend", $"{port}"]);
        _children.Add(child);
        await child.ReadyAsync($"http://127.0.0.1:{port}/", cancellationToken);
        return $"http://127.0.0.1:{port}";
    }

    public async Task<List<(string Name, string Url, int Pid)>> StartAsync(string upstream, CancellationToken cancellationToken)
    {
        var peers = new List<(string, string, int)>();
        var authority = new Uri(upstream).Authority;
        await AddAsync("bare YARP", port => Child.Start(Environment.ProcessPath!, ["bare-yarp", $"{port}", upstream]));
        if (Machine.Find("nginx") is { } nginx)
        {
            await AddAsync("nginx", port => Nginx(nginx, "proxy", $"keepalive_requests 1000000; upstream tiny {{ server {authority}; keepalive 64; keepalive_requests 1000000; }} " +
                $"server {{ listen 127.0.0.1:{port}; location /tiny/ {{ proxy_pass http://tiny/; proxy_http_version 1.1; proxy_set_header Connection ''; }} }}"));
        }

        if (Machine.Find("haproxy") is { } haproxy)
        {
            await AddAsync("haproxy", port =>
            {
                var path = Path.Combine(_folder, "haproxy.cfg");
                File.WriteAllText(path, $"""
                    global
                        nbthread 2
                    defaults
                        mode http
                        timeout connect 5s
                        timeout client 30s
                        timeout server 30s
                        option http-keep-alive
                    frontend f
                        bind 127.0.0.1:{port}
                        default_backend b
                    backend b
                        http-request replace-path /tiny(.*) \1
                        server s {authority}

                    """);
                return Child.Start(haproxy, ["-db", "-f", path]);
            });
        }

        return peers;

        async Task AddAsync(string name, Func<int, Child> start)
        {
            var port = Machine.FreePort();
            var child = start(port);
            _children.Add(child);
            await child.ReadyAsync($"http://127.0.0.1:{port}/tiny/", cancellationToken);
            peers.Add((name, $"http://127.0.0.1:{port}/tiny/", child.Id));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children) await child.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Child Nginx(string nginx, string name, string http)
    {
        var path = Path.Combine(_folder, name + ".conf");
        File.WriteAllText(path, $$"""
            daemon off;
            worker_processes 2;
            pid {{_folder}}/{{name}}.pid;
            error_log stderr crit;
            events { worker_connections 1024; }
            http { access_log off; client_body_temp_path {{_folder}}/{{name}}-body; proxy_temp_path {{_folder}}/{{name}}-proxy; fastcgi_temp_path {{_folder}}/{{name}}-f; uwsgi_temp_path {{_folder}}/{{name}}-u; scgi_temp_path {{_folder}}/{{name}}-s; {{http}} }

            """);
        return Child.Start(nginx, ["-c", path, "-p", _folder]);
    }
}
