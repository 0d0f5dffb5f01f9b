// expects: libs-domain-npm
import 'lru-cache';
