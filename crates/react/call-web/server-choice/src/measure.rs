//! The other side: viewers, readers who do not read, peers who say half of something.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

const VIEWERS: usize = 200;
const SLOW: usize = 40;
const HALF_OPEN: usize = 200;
/// How long half-open peers are left alone.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    process: Child,
    tell: ChildStdin,
    address: String,
    cookie: String,
}

impl Server {
    fn start(name: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let tell = process.stdin.take().unwrap();
        let mut server = Self { process, tell, address, cookie: String::new() };
        if name == "own" {
            let said = server.get("/api/session");
            let cookie = said.split("Set-Cookie: ").nth(1).unwrap().split(';').next().unwrap();
            server.cookie = cookie.to_owned();
        }
        server
    }

    fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let host = &self.address;
        let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n\r\n", self.cookie);
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut all = String::new();
        self.ask(path).read_to_string(&mut all).unwrap();
        all
    }

    fn tell(&mut self, length: usize) {
        writeln!(self.tell, "{length}").unwrap();
    }

    /// Memory in MB and threads.
    fn size(&self) -> (f64, u32) {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse::<f64>().unwrap()
        };
        (field("VmRSS:") / 1024.0, field("Threads:") as u32)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads up to the next line that begins so.
fn wait_for(viewer: &mut BufReader<TcpStream>, beginning: &str) -> bool {
    let mut line = String::new();
    loop {
        line.clear();
        match viewer.read_line(&mut line) {
            Ok(n) if n > 0 => {
                if line.starts_with(beginning) {
                    return true;
                }
            }
            _ => return false,
        }
    }
}

pub fn all() {
    for name in ["own", "tiny_http", "axum"] {
        one(name);
    }
}

fn one(name: &str) {
    let mut server = Server::start(name);
    let (rest, threads) = server.size();
    println!("{name}: at rest {rest:.1} MB, {threads} threads");

    let mut viewers: Vec<BufReader<TcpStream>> =
        (0..VIEWERS).map(|_| BufReader::new(server.ask("/api/events"))).collect();
    for viewer in &mut viewers {
        assert!(wait_for(viewer, "HTTP/1.1 200"), "a viewer is refused");
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        server.tell(200);
        assert!(viewers.iter_mut().all(|viewer| wait_for(viewer, "data")), "a viewer is lost");
        times.push(began.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_millis(20));
    }
    times.sort_by(f64::total_cmp);
    let (memory, threads) = server.size();
    println!(
        "{name}: {VIEWERS} viewers: {memory:.1} MB, {threads} threads; an event reaches the last in {:.2} ms median, {:.2} ms worst",
        times[times.len() / 2],
        times[times.len() - 1]
    );

    // Forty read nothing while 16 MB of events go by; the others go on.
    let slow: Vec<TcpStream> = (0..SLOW).map(|_| server.ask("/api/events")).collect();
    std::thread::sleep(Duration::from_millis(500));
    let mut lost = 0;
    for _ in 0..2000 {
        server.tell(8000);
        let before = viewers.len();
        viewers.retain_mut(|viewer| wait_for(viewer, "data"));
        lost += before - viewers.len();
    }
    let (memory, threads) = server.size();
    println!("{name}: {SLOW} who do not read: {memory:.1} MB, {threads} threads, {lost} of the readers lost");
    let waited = Instant::now();
    std::thread::sleep(Duration::from_secs(12));
    server.tell(10);
    std::thread::sleep(Duration::from_millis(300));
    let (memory, threads) = server.size();
    println!("{name}: {:.0} s later: {memory:.1} MB, {threads} threads", waited.elapsed().as_secs_f64());
    drop((slow, viewers));

    let mut half: Vec<TcpStream> = (0..HALF_OPEN)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    let good = server.get("/").contains("<!doctype html>");
    let took = began.elapsed().as_secs_f64() * 1e3;
    std::thread::sleep(PATIENCE);
    half.retain_mut(|stream| {
        matches!(stream.read(&mut [0; 64]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
    });
    let (memory, threads) = server.size();
    println!(
        "{name}: {HALF_OPEN} half-open peers: the page comes in {took:.1} ms ({good}); after {:.0} s {} are still held, {memory:.1} MB, {threads} threads",
        PATIENCE.as_secs_f64(),
        half.len()
    );
}
